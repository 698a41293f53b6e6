"""What ends a benchmark: a peer that is missing or failed.

::

    BenchError
    ├── PeerMissing
    └── PeerFailed
"""

from __future__ import annotations


class BenchError(Exception):
    """A benchmark could not be made; its text is for people."""


class PeerMissing(BenchError):
    """A program that a benchmark needs is not installed.

    Args:
        program: its name.
        source: where it comes from.
    """

    def __init__(self, program: str, source: str) -> None:
        super().__init__(f"{program} is needed and was not found; it comes {source}.")
        self.program = program


class PeerFailed(BenchError):
    """A program did not do what it was started for.

    Args:
        program: its name.
        reason: what happened, as the rest of a sentence.
        printed: what it said itself.
    """

    def __init__(self, program: str, reason: str, printed: str = "") -> None:
        super().__init__(f"{program} {reason}." + (f"\n{printed.rstrip()}" if printed.strip() else ""))
        self.program = program
