"""The services of the hub. They share events, never tables, and never import each other."""
