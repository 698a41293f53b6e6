"""Noise as sensors have it: it wanders instead of hopping, on several time scales at once."""

import math
from random import Random

_SCALES = (0.1, 1.0, 10.0)
MAX_SIGMA = 3.0
"""Noise never goes further than this many standard deviations, so that a signal stays in its physical range."""


class Noise:
    """A stationary random value with memory: three first-order autoregressions summed, close to 1/f over two decades.

    It may be read at any, even irregular, times; each part keeps `exp(-step / time)` of its past.

    References:
        Ornstein-Uhlenbeck process, exact discretisation; sums of relaxations as a model of 1/f noise (Bernamont 1937).
    """

    __slots__ = ("_parts", "_random", "_sigma", "_times_s")

    def __init__(self, random: Random, sigma: float, time_s: float) -> None:
        """Begin anywhere in the stationary distribution.

        Args:
            random: The source of randomness, used by nobody else.
            sigma: The standard deviation, in the signal's unit; 0 for none.
            time_s: The middle one of the three memory times.
        """
        self._random = random
        self._sigma = sigma
        self._times_s = [scale * time_s for scale in _SCALES]
        self._parts = [random.gauss(0, 1) for _ in _SCALES]

    def at(self, step_s: float) -> float:
        """The noise some time after the last reading of it.

        Args:
            step_s: How long after, 0 or more.
        """
        if not self._sigma:
            return 0.0
        for index, time_s in enumerate(self._times_s):
            keep = math.exp(-step_s / time_s)
            fresh = math.sqrt(1.0 - keep * keep)
            self._parts[index] = keep * self._parts[index] + fresh * self._random.gauss(0, 1)
        total = sum(self._parts) / math.sqrt(len(_SCALES))
        return self._sigma * max(-MAX_SIGMA, min(MAX_SIGMA, total))
