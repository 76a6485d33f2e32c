"""The event log: its contract (port), appending, consuming, and the engines to read it with."""
