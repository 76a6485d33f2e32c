"""The definitions that claims are judged by, as of a moment."""
