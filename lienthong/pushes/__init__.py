"""What the hub and a receiving platform share: signatures and reconciliation."""
