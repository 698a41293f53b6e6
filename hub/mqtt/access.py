"""Access to the embedded broker: a password file and an access list, in the forms Mosquitto's users know.

Password file: ``name:hash`` a line, with argon2 hashes, or bcrypt ones where the package ``bcrypt`` is installed.
Access list: ``user NAME`` begins what holds for that user, before the first it holds for everybody;
``topic [read|write|readwrite|deny] FILTER``; ``pattern …`` likewise for everybody, with ``%u`` for the user's name and
``%c`` for the client id. Without an access list every user may do everything.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import argon2

from hub.core.errors import Unusable
from hub.core.select import covers, filter_fault, matches

if TYPE_CHECKING:
    from pathlib import Path

_ACCESS = ("read", "write", "readwrite", "deny")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an access list.

    Args:
        access: ``read``, ``write``, ``readwrite`` or ``deny``.
        filter: which topics.
        user: whom it is for; empty for everybody.
        is_pattern: True if ``%u`` and ``%c`` are to be replaced.
    """

    access: str
    filter: str
    user: str = ""
    is_pattern: bool = False

    def filter_for(self, user: str, client_id: str) -> str | None:
        """Return the filter as it is for a client, None if the rule is not for it.

        Args:
            user: its user name, empty for none.
            client_id: its client id.
        """
        if not self.is_pattern:
            return self.filter if self.user in ("", user) else None
        if any(mark in text for text in (user, client_id) for mark in "+#/"):
            return None  # such a name would widen the filter
        if "%u" in self.filter and not user:
            return None
        return self.filter.replace("%u", user).replace("%c", client_id)


@dataclass(frozen=True)
class Access:
    """Who may connect to the embedded broker, and who may read and write what.

    Args:
        hashes: password hashes by user name.
        rules: None for no access list.
        anonymous: True if clients without a user name are let in.
        owner: user name and password of the hub itself, who may do everything.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] | None = None
    anonymous: bool = False
    owner: tuple[str, str] = ("", "")

    async def admits(self, user: str | None, password: str | None) -> bool:
        """Return True if a client may connect. Waits for a thread, because hashes are slow on purpose.

        Args:
            user: as in CONNECT.
            password: likewise.
        """
        if not user:
            return self.anonymous
        if (user, password) == self.owner:
            return True
        kept = self.hashes.get(user)
        return kept is not None and await asyncio.to_thread(_verify, kept, password or "")

    def allows(self, user: str | None, client_id: str, *, topic: str, to_write: bool, is_filter: bool) -> bool:
        """Return True if a client may publish to a topic, receive it or subscribe to a filter.

        Args:
            user: its user name.
            client_id: its client id.
            topic: the topic, or the filter.
            to_write: True for publishing.
            is_filter: True for subscribing.
        """
        if self.rules is None or (self.owner[0] and user == self.owner[0]):
            return True
        allowed = False
        for rule in self.rules:
            wanted = rule.filter_for(user or "", client_id)
            if wanted is None:
                continue
            if rule.access == "deny":
                if covers(wanted, topic) if is_filter else matches(wanted, topic):
                    return False
            elif rule.access in ("readwrite", "write" if to_write else "read"):
                allowed = allowed or (covers(wanted, topic) if is_filter else matches(wanted, topic))
        return allowed


def read_access(
    password_file: Path | None, acl_file: Path | None, *, anonymous: bool, owner: tuple[str, str]
) -> Access:
    """Return the access that two files describe.

    Args:
        password_file: None for none.
        acl_file: None for none.
        anonymous: True if clients without a user name are let in.
        owner: user name and password of the hub itself.

    Raises:
        Unusable: a file cannot be read or has a line that means nothing.
    """
    hashes = {} if password_file is None else _read_hashes(password_file)
    rules = None if acl_file is None else tuple(_read_rules(acl_file))
    return Access(hashes, rules, anonymous, owner)


def _verify(kept: str, password: str) -> bool:
    """Return True if a password belongs to a hash. Takes some tens of milliseconds."""
    if kept.startswith("$argon2"):
        try:
            return argon2.PasswordHasher().verify(kept, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
    bcrypt = importlib.import_module("bcrypt")
    return bool(bcrypt.checkpw(password.encode()[:72], kept.encode()))


def _lines(path: Path, what: str, key: str) -> list[tuple[int, str]]:
    """Return a file's lines with their numbers, without comments and empty ones."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Unusable(what, str(path), getattr(fault, "strerror", None) or str(fault), key) from fault
    numbered = enumerate(text.splitlines(), 1)
    return [(number, line.strip()) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")]


def _read_hashes(path: Path) -> dict[str, str]:
    """Return password hashes by user name."""
    found: dict[str, str] = {}
    for number, line in _lines(path, "password file", "broker.password_file"):
        name, colon, kept = line.partition(":")
        why = ""
        if not name or not colon:
            why = "is not name:hash"
        elif kept.startswith(("$2a$", "$2b$", "$2y$")):
            if importlib.util.find_spec("bcrypt") is None:
                why = "holds a bcrypt hash, which needs the Python package bcrypt"
        elif not kept.startswith("$argon2"):
            why = "holds no argon2 or bcrypt hash"
        if why:
            raise Unusable("password file", str(path), f"line {number} {why}", "broker.password_file")
        found[name] = kept
    return found


def _read_rules(path: Path) -> list[Rule]:
    """Return the rules of an access list."""
    found: list[Rule] = []
    user = ""
    for number, line in _lines(path, "access list", "broker.acl_file"):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "user" and rest:
            user = rest
            continue
        access, _, wanted = rest.partition(" ")
        if access not in _ACCESS:
            access, wanted = "readwrite", rest
        wanted = wanted.strip()
        fault = filter_fault(wanted)
        if word not in ("topic", "pattern") or fault:
            why = f"line {number} {f'has a filter that {fault}' if fault and rest else 'means nothing'}"
            raise Unusable("access list", str(path), why, "broker.acl_file")
        found.append(Rule(access, wanted, user if word == "topic" else "", word == "pattern"))
    return found
