"""People who log in: who they are, their roles, passwords and second factors."""
