"""Everything that talks to a broker of Kafka; `client` alone knows confluent-kafka."""
