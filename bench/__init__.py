"""The benchmarks: each a command that prints what the hub reaches beside a peer measured in the same run."""
