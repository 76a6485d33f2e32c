"""Who may act, report and see."""
