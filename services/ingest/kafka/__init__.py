"""Submitting by Kafka: each client writes to a topic of its own, receipts and refusals come back on two others.

    opening   makes a client's topics and their rights, and its row
    records   a Kafka record → a claim, or why there is none; what is told of it (pure)
    judging   the one transaction: place, ledger, events, receipt or refusal
    outbox    sends receipts and refusals to Kafka
    worker    the process: reads, judges, sends
    again     judges one record again

Why so: docs/decisions/0008-inbound-topics.md. For senders: docs/kafka-inbound.md.
"""
