"""History: every reading once, durable before its message is acknowledged, any window of it at once."""
