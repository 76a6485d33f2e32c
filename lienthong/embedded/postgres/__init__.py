"""PostgreSQL on one machine, from the binaries of a package."""
