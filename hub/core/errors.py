"""The one tree of the hub's errors.

::

    HubError
    ├── SettingsError        a configuration that cannot be used; exit 2 (``hub config check``: 1)
    ├── StartError           the hub cannot start here; exit 2
    │   ├── PortInUse
    │   ├── DataDirBusy
    │   └── Unusable         a certificate, folder or store that cannot be read
    ├── LinkError            the broker's link is down, with the reason people are told
    ├── StoreError           history cannot be written or read now, with the reason people are told
    │   └── StoreDamaged     what is stored cannot be trusted any more
    └── RequestError         what a client asked cannot be done; becomes a problem document or an ``error`` frame

A class takes facts and builds its sentence: what, where, how to go on. Bad *data* is not an error but a value,
:class:`hub.core.model.Rejection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class HubError(Exception):
    """Anything the hub says about itself in one sentence."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in the configuration.

    Args:
        key: the dotted key, such as ``mqtt.qos``.
        reason: what is wrong and what would be right.
        origin: the file or environment variable that says so.
    """

    key: str
    reason: str
    origin: str

    def __str__(self) -> str:
        """Return the mistake as one line."""
        return f"{self.origin}: {self.key}: {self.reason}"


class SettingsError(HubError):
    """The configuration cannot be used.

    Args:
        mistakes: every mistake found, at least one.
    """

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


class StartError(HubError):
    """The hub cannot start here."""


class PortInUse(StartError):
    """Another program listens where the hub should.

    Args:
        host: the address that was asked for.
        port: its port.
        key: the setting that names another one.
    """

    def __init__(self, host: str, port: int, key: str) -> None:
        self.host, self.port, self.key = host, port, key
        super().__init__(f"{host}:{port} is in use by another program; stop it or set {key} to a free port.")


class DataDirBusy(StartError):
    """Another hub works in the same data folder.

    Args:
        data_dir: the folder.
        owner: process id of the other hub, as its lock file says; 0 if it does not say.
    """

    def __init__(self, data_dir: Path, owner: int) -> None:
        self.data_dir, self.owner = data_dir, owner
        who = f"the hub with process id {owner}" if owner else "another hub"
        super().__init__(f"{data_dir} is used by {who}; stop it or set data_dir to another folder.")


class Unusable(StartError):
    """A file, folder or service that the settings name cannot be used.

    Args:
        what: what it is, such as ``certificate``.
        where: its path or address.
        why: the reason, as the system gives it.
        key: the setting that names it.
    """

    def __init__(self, what: str, where: str, why: str, key: str) -> None:
        self.what, self.where, self.why, self.key = what, where, why, key
        super().__init__(f"The {what} {where} cannot be used ({why}); see the setting {key}.")


class LinkError(HubError):
    """The link to the broker is down or was refused.

    Args:
        reason: a short phrase for people, such as ``connection refused``.
        permanent: True where trying again cannot help until somebody changes the settings.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.reason, self.permanent = reason, permanent
        super().__init__(reason)


class StoreError(HubError):
    """History cannot be written or read now; nothing was changed, and trying again later may help.

    Args:
        reason: a short phrase for people, such as ``database or disk is full``.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StoreDamaged(StoreError):
    """A file of the store is damaged: it has to be moved aside."""


class RequestError(HubError):
    """What a client asked for cannot be done.

    Args:
        code: a word for programs, such as ``too_many_filters``.
        message: a sentence for people: what, where, how to go on.
        field: the field or parameter that is wrong, empty if none is.
        status: the HTTP status that says the same.
    """

    def __init__(self, code: str, message: str, *, field: str = "", status: int = 422) -> None:
        self.code, self.message, self.field, self.status = code, message, field, status
        super().__init__(message)
