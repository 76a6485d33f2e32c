"""What composes the hub's processes from the services."""
