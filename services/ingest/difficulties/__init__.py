"""Difficulties raised (khó khăn, vướng mắc): checks, reading."""
