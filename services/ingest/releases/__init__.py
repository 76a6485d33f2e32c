"""Releases: signing off, taking back."""
