"""Jobs: work that happens after the transaction that asked for it.

``engine`` is the PostgreSQL job library and the two tasks it knows; ``relay`` turns published events into
jobs; ``worker`` is the process that does both; ``rescue`` puts back jobs that nobody does any more and
``watchdog`` ends a worker that is stuck; ``bells`` rings at planned times.
"""
