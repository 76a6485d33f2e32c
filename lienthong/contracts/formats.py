"""Formats of JSON Schema that are our own: what a validator that knows them asks of a text."""

LINE = "line"
"""A format of ours, of names, titles and numbers of documents: text of one line. It bars claims alone: a fact that was
accepted before the rule is read as it stands, and a validator that does not know the format takes it for a note.
"""
LINK = "link"
"""A format of ours too, read alike: a link that people may follow (addresses.is_link)."""
