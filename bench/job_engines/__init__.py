"""The choice of the job engine, measured: ``python -m bench.job_engines``, ADR 0002."""
