"""Entering a report by hand or by a sheet: what is typed becomes what any other system of a unit would send.

form (pure: fields from a form's schema), spelling (pure: texts to values and back), drafts (what is being filled in),
owed_report (what the hub knows of a report to fill in), judging (what the hub says of it as typed), offering (what
systems supplied of it), workbook and sheet (the .xlsx to fill in, made and read), form_page, withdrawing and explaining
(the pages), routes (where they are).
Whether a report is right is decided by ingest alone, asked by a try-out (dryRun) in the person's name.
"""
