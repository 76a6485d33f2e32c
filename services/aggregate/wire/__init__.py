"""What aggregate's HTTP answers look like. Decimals are text in plain notation; `null` never means zero."""
