"""One file a change of the tables; each only adds, so that old and new code run side by side."""
