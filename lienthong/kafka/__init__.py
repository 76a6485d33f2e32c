"""Everything that talks to a broker of Kafka: the one folder that imports confluent-kafka, as pyproject.toml holds.

`connection` says what its errors ask for, `sender`, `reader` and `administration` are its three clients.
"""
