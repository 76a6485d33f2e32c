"""Content items (tin, bài): what is asked of one, its row, approving, what waits, and the evidence of all that."""
