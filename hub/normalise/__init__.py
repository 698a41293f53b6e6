"""From raw messages to readings: router, decoders, admission, quarantine, provenance."""
