"""Latest state, channels, members, catch-up: who is told what, and when."""
