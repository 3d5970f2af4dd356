"""Concerns in the interface for programs: the same lists, rules and steps as on the pages."""
