"""Exact arithmetic from figures to indicators, targets and their status."""
