"""Entering a report by hand or by a sheet: what is typed becomes what any other system of a unit would send.

form (pure: fields from a form's schema), spelling (pure: texts to values and back), drafts (what is being filled in),
asking (what the hub knows of a report to fill in), workbook (the .xlsx to fill in, made and read), routes (the pages).
Whether a report is right is decided by ingest alone, asked by a try-out (dryRun) in the person's name.
"""
