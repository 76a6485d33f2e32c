"""The language of the exchange and its engines. No name of a service stands in here."""
