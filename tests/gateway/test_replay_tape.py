"""The tape of a replay: read ahead up to a present that moves on, and over once that is reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hub.gateway.replay_tape import Tape
from tests.gateway.past import kept

if TYPE_CHECKING:
    from pathlib import Path

    from hub.history.past import Past, Slice
    from tests.gateway.past import Kept

SECOND_US = 1_000_000


class Counted:
    """A past that counts how often it is asked; meanwhile the time goes on."""

    def __init__(self, stand: Kept, past: Past) -> None:
        self.stand = stand
        self.slices = 0
        self.statuses, self.changes, self.outages = past.statuses, past.changes, past.outages
        self.read = past.slice

    async def slice(self, *args: object, **more: object) -> Slice:
        self.slices += 1
        self.stand.clock.advance(0.002)
        return await self.read(*args, **more)  # type: ignore[arg-type]  # as it was asked


async def play(tape: Tape, at_us: int, upto_us: int) -> tuple[list[object], int]:
    """Take what there is up to a time; return the values, and where the next one begins."""
    values: list[object] = []
    while at_us <= upto_us and (step := tape.take(upto_us, 50)) is not None:
        values += [row[2] for row in step.rows]
        at_us = step.upto_us + step.whole
    return values, at_us


async def test_it_goes_on_behind_a_present_that_moves_on_and_is_over_once_that_is_reached(tmp_path: Path) -> None:
    async with kept(tmp_path) as stand:
        start_us, now_us = stand.clock.now_us(), stand.clock.now_us

        def hear() -> None:
            stand.hears("d", {"n": (now_us() - start_us) // 100_000})
            stand.clock.advance(0.1)

        for _ in range(100):
            hear()
        assert stand.past is not None
        past = Counted(stand, stand.past)
        tape = Tape(
            past=past,  # type: ignore[arg-type]  # it answers what a tape asks
            keys=list(stand.catalogue.series), devices=["d"], start_us=start_us, end_us=now_us, now_us=now_us,
        )  # fmt: skip
        values: list[object] = []
        at_us = start_us
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(tape.run(), name="reading")
            while at_us < start_us + 30 * SECOND_US:  # as fast as the present goes, so it stays ten seconds behind
                hear()
                told, at_us = await play(tape, at_us, now_us() - 10 * SECOND_US)
                values += told
                assert not tape.over
                await asyncio.sleep(0.001)
            for _ in range(1_000):
                told, at_us = await play(tape, at_us, now_us())
                values += told
                if tape.over:
                    break
                await asyncio.sleep(0.001)
            reading.cancel()
        assert tape.over
        assert values == list(range(len(values))), "each once, in order"
        assert len(values) >= 399
        assert past.slices < 60
