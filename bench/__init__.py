"""Measurements. `python -m bench` prints them as ratios within one run; nothing here fails a build."""
