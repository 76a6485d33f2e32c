"""Tasks of the plans (nhiệm vụ): who leads them, what was said of them, where each stands."""
