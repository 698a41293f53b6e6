"""The embedded store: two SQLite files, the head that is written at once and what is settled from it."""
