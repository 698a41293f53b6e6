"""The errors a simulator raises, each one sentence that says what, where and how to mend it.

```
SimulatorError
├── AddressError      a broker address that cannot be used
├── PlanError         a load that cannot be run as asked
├── ScenarioError     a scenario file that cannot be found or understood
└── BrokerError       the broker refuses, closes or does not answer
```
"""


class SimulatorError(Exception):
    """Anything a simulator refuses; its text is one sentence for the person at the terminal."""


class AddressError(SimulatorError):
    """A broker address that cannot be used."""

    def __init__(self, url: str, reason: str) -> None:
        """Say which address and why.

        Args:
            url: The address as it was given.
            reason: What is wrong with it and what is expected instead.
        """
        super().__init__(f"broker address {url!r}: {reason}")
        self.url = url
        self.reason = reason


class PlanError(SimulatorError):
    """A load that cannot be run as asked."""

    def __init__(self, option: str, reason: str) -> None:
        """Say which option and why.

        Args:
            option: The option's name as on the command line.
            reason: What is wrong with it and what is expected instead.
        """
        super().__init__(f"{option}: {reason}")
        self.option = option
        self.reason = reason


class ScenarioError(SimulatorError):
    """A scenario that cannot be found or understood."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        """Say which file, which key and why.

        Args:
            source: The file or built-in name.
            where: The key, as a dotted path; empty for the whole file.
            reason: What is wrong with it and what is expected instead.
        """
        place = f"{source}: {where}: " if where else f"{source}: "
        super().__init__(f"scenario {place}{reason}")
        self.source = source
        self.where = where
        self.reason = reason


class BrokerError(SimulatorError):
    """The broker refuses, closes or does not answer."""

    def __init__(self, broker: str, reason: str) -> None:
        """Say which broker and what it did.

        Args:
            broker: The broker's address without credentials.
            reason: What happened.
        """
        super().__init__(f"broker {broker}: {reason}")
        self.broker = broker
        self.reason = reason
