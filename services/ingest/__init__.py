"""Ingest: takes claims and acts, decides, and writes facts to the ledger and the event log in one transaction."""
