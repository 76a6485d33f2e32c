"""The accepting transaction: from a body to receipts. It knows no noun."""
