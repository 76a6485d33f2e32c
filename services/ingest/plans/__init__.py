"""Plans: publishing, comparing, asking."""
