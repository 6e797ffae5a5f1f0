"""Jobs: work that happens after the transaction that asked for it.

``engine`` is the PostgreSQL job library and the two tasks it knows; ``relay`` turns published events into
jobs; ``worker`` is the process that does both; ``bells`` rings at planned times.
"""
