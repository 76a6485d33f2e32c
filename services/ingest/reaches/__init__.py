"""Reach of content items (mức độ tiếp cận): what is taken of it, and its sums."""
