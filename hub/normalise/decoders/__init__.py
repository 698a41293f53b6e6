"""One decoder an ecosystem."""
