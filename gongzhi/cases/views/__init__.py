"""Pages of the practice, one module for each group of people."""
