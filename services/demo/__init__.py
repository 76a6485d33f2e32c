"""The demonstration: the rounds of 2026 of all four plans, sent over HTTP as integrated systems would send them.

The acceptance test walks through the same functions. Nothing in here is part of a running hub.
"""
