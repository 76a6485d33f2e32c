"""Pictures: pure functions that lay a drawing out, each drawn by templates/pictures/NAME.svg. No library, no script.

Geometry is in floats (nothing here is a figure); every number that is written out comes in as text or Decimal.
"""
