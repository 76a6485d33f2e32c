"""The command groups of `lienthong`, a module each. Thin: they read words, call services, print."""
