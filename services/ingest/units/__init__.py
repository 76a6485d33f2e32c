"""Units: changes, import, asking."""
