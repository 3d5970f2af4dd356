"""The interface for programs as far as accounts carry it: who asks, declared verbs as operations, who am I."""
