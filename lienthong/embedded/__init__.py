"""Servers for one machine: PostgreSQL and Apache Kafka, started without an administrator."""
