"""What the via unit does with the reports that pass through it: returning them, passing them on, what waits."""
