"""Rounds: opening, extending, locking, closing."""
