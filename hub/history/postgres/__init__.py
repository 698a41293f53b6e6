"""The PostgreSQL store: COPY, native partitions by time, hypertables where TimescaleDB is installed."""
