"""What systems know of a unit's figures before the report, and the draft that is assembled of it."""
