"""Evidence: what the log itself proves, and what was changed behind its back."""
