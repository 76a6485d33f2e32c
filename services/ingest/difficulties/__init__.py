"""Difficulties (khó khăn, vướng mắc): what is asked of one, its road from unit to unit and the acts on it, reading."""
