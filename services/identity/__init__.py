"""Clients, their credentials, and the token endpoint."""
