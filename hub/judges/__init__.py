"""Judges read the log and append their verdicts to it."""
