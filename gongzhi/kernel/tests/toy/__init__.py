"""A practice as small as can be, so that the kernel is tested without any real one."""
