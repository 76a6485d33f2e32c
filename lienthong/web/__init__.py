"""The hub's HTTP: problems, authorization, transport."""
