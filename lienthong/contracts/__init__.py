"""What is agreed on: the JSON Schemas, the canonical form, and how a fault is explained."""
