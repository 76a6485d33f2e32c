"""Logging in and what follows: sessions, CSRF, OpenID Connect, access tokens of people."""
