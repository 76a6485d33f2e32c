"""Who may: tokens, the keys that are trusted, what was done by whom."""
