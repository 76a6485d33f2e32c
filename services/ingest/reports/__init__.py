"""Reports: checks, acts, reading."""
