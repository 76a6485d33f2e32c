"""Figures and indicators that the hub computes from content items and directives, beside what was reported."""
