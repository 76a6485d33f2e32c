"""Rounds: opening them, who owes what and by when."""
