"""Measurements: each part prints its figures; ``python -m bench`` runs them and writes docs/benchmarks.md."""
