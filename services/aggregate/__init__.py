"""Aggregate: consumes the log, adds reports up, and makes releases of what was signed off.

    worker         the consumer: one batch of facts, in the transaction that advances its position; what it keeps of
                   rounds: `known_rounds`; the rollups: `rolling_up`
    counting       which reports count, and what a change of them does to a rollup (pure)
    cut            what a release is made of, as it stands where the release is cut (pure)
    consolidation  from there to the dataset (pure); those of older rules: `older_rules`
    releasing      what is read for it, also straight from the log: `documents`, `difficulties`, `tasks`, `computed`
    views          rounds and their tallies as the indicators need them (pure)
    store, wire    its tables, and what HTTP answers, a module for each noun
    replay, verify its tables made anew from the log, and held against it

Over HTTP it is `api`, which asks `reading`.
"""
