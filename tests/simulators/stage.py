"""A fleet played by hand: a clock that only the test moves, and everything the fleet did on it."""

from random import Random
from typing import Any, NamedTuple

import orjson

from simulators.fleet import Action, Cut, Fleet, Mend, Publish
from simulators.scenario import Scenario

START_US = 1_700_000_000_000_000
TURN_S = 0.05


class Said(NamedTuple):
    """A message and the moment it was sent, in seconds since the fleet began."""

    at_s: float
    topic: str
    payload: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The payload as a JSON object."""
        document = orjson.loads(self.payload)
        assert isinstance(document, dict)
        return document


class Stage:
    """Plays a fleet turn by turn; links connect at once and follow cuts and mends."""

    def __init__(self, scenario: Scenario, *, seed: int = 1, devices: int = 0) -> None:
        self.fleet = Fleet(scenario, seed=seed, day_s=0, devices=devices)
        self.now_s = 0.0
        self.actions: list[tuple[float, Action]] = []
        for link in self.fleet.links:
            self.fleet.connected(link.name, 0)

    def play(self, for_s: float, turn_s: float = TURN_S) -> "Stage":
        """Go on for some time in turns."""
        end_s = self.now_s + for_s
        while self.now_s < end_s - 1e-9:
            self.now_s = min(end_s, self.now_s + turn_s)
            for action in self.fleet.step(self.now_s, START_US + round(self.now_s * 1e6)):
                self.actions.append((self.now_s, action))
                if isinstance(action, Cut):
                    self.fleet.disconnected(action.link)
                elif isinstance(action, Mend):
                    self.fleet.connected(action.link, self.now_s)
        return self

    def said(self, topic: str = "", *, apart: bool = False) -> list[Said]:
        """What was published, of one topic and those below it if one is named."""
        return [
            Said(at_s, action.message.topic.decode(errors="replace"), action.message.payload)
            for at_s, action in self.actions
            if isinstance(action, Publish) and action.apart == apart
            if not topic or f"{action.message.topic.decode(errors='replace')}/".startswith(f"{topic}/")
        ]


def scenario_of(text: str) -> Scenario:
    """A scenario from TOML text, without the built-in profiles."""
    import tomllib

    return Scenario.model_validate(tomllib.loads(text))


def seeded(seed: int) -> Random:
    """A source of randomness that is none: the same for the same seed."""
    return Random(seed)  # noqa: S311  # simulated noise, no secret
