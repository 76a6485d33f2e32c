"""Facts that somebody behind the log can't apply: who stands before which, and setting one aside."""
