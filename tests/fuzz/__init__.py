"""Fuzzing with a guide: bytes that reach new branches of the decoders are kept and changed further (libFuzzer)."""
