"""Each of Django's operations as schema changes, one file a family."""
