"""PostgreSQL: the embedded server, connections, named SQL, migrations. No query of a service stands here."""
