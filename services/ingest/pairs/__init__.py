"""Two people behind an act: who may do both parts of it, and the rule."""
