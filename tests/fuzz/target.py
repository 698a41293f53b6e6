"""What is fuzzed: one family of the corpus, fed to a normaliser that knows what its messages need.

``python -m tests.fuzz.target FAMILY [libFuzzer's options] [FOLDER]``; ``tests.fuzz`` runs it for each family. An input
is the number of a message of the corpus, whose topic is taken, a byte of flags, and the payload.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import atheris

with atheris.instrument_imports(include=["hub.normalise"]):
    from tests.normalise.corpus import all_lines, lines_of, payload_of

from hub.normalise.flatten import MAX_READINGS
from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH_AFTER = 500
"""So many inputs share what the decoders remember; then they begin anew."""
HEADER_BYTES = 2


def target(family: str) -> Callable[[bytes], None]:
    """Return what takes an input, and raises if a decoder failed or gave more than it may.

    Args:
        family: a file of the corpus.
    """
    by_id, lines = all_lines(), lines_of(family)
    rig, fed = Rig(), FRESH_AFTER

    def feed(line: dict[str, Any], payload: bytes, *, retain: bool) -> None:
        batch = rig.batch(message(line["topic"], payload, retain=retain, content_type=line.get("content_type", "")))
        rig.normaliser.requests.clear()
        if "decoder_fault" in rig.rejected:
            raise AssertionError(line["id"])
        if max(len(batch.readings), len(batch.statuses)) > MAX_READINGS:
            raise AssertionError(line["id"], len(batch.readings), len(batch.statuses))

    def take(data: bytes) -> None:
        nonlocal rig, fed
        if len(data) < HEADER_BYTES:
            return
        fed += 1
        if fed > FRESH_AFTER:
            rig, fed = Rig(), 0
            for line in lines:
                for needed in line["after"]:
                    feed(by_id[needed], payload_of(by_id[needed]), retain=by_id[needed]["retain"])
        feed(lines[data[0] % len(lines)], data[HEADER_BYTES:], retain=bool(data[1] & 1))

    return take


if __name__ == "__main__":
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], target(name))
    atheris.Fuzz()
