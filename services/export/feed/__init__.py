"""What the Ministry reads: feeds with cursors, datasets, the national consolidation."""
