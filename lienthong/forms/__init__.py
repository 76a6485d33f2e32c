"""Forms: from a plan to a JSON Schema, its values, versions, examples and pages."""
