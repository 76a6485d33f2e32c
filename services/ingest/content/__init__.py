"""Content items: what waits, approving."""
