"""The one way an operator or a person acts."""
