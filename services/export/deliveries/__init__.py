"""Pushes to destinations: the queue, the attempts, what a receiver answered."""
