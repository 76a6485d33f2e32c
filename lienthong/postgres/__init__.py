"""PostgreSQL: connections, named SQL, what its errors and its silence mean, migrations. No query of a service stands
here; a server on this machine is `lienthong.embedded.postgres`.
"""
