"""Who gets into the embedded broker, and what the access list allows."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

import argon2
import pytest

from hub.core.errors import Unusable
from hub.mqtt.access import Access, read_access

if TYPE_CHECKING:
    from pathlib import Path

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ACL = """
# everybody
topic read public/#

user ann
topic plant/#
topic deny plant/secret/#
topic write commands/+

user bob
topic readwrite bob's things/#
pattern write devices/%u/%c/#
"""


def written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


@pytest.fixture
def access(tmp_path: Path) -> Access:
    passwords = written(tmp_path / "passwords", f"# people\nann:{QUICK.hash('secret')}\n\nbob:{QUICK.hash('')}\n")
    return read_access(passwords, written(tmp_path / "acl", ACL), anonymous=False, owner=("hub", "own"))


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        ("ann", "secret", True),
        ("ann", "wrong", False),
        ("ann", None, False),
        ("bob", "", True),
        ("eve", "secret", False),
        (None, None, False),
        ("", "secret", False),
        ("hub", "own", True),
        ("hub", "", False),
    ],
)
async def test_a_client_gets_in_with_its_password(
    access: Access,
    user: str | None,
    password: str | None,
    expected: bool,  # noqa: FBT001 - parametrized
) -> None:
    assert await access.admits(user, password) is expected


async def test_anonymous_clients_get_in_only_where_that_is_set() -> None:
    assert await Access(anonymous=True).admits(None, None)
    assert not await Access(anonymous=True).admits("ann", "secret")


@pytest.mark.parametrize(
    ("user", "topic", "to_write", "is_filter", "expected"),
    [
        ("ann", "public/x", False, False, True),
        (None, "public/x", False, False, True),
        ("ann", "public/x", True, False, False),
        ("ann", "plant/a/b", True, False, True),
        ("ann", "plant/secret/a", False, False, False),
        ("ann", "plant/a/#", False, True, True),
        ("ann", "#", False, True, False),
        ("ann", "commands/x", True, False, True),
        ("ann", "commands/x", False, False, False),
        ("bob", "plant/a", False, False, False),
        ("bob", "bob's things/1", True, False, True),
        ("bob", "devices/bob/c1/t", True, False, True),
        ("bob", "devices/ann/c1/t", True, False, False),
        ("hub", "anything", True, False, True),
        ("hub", "#", False, True, True),
    ],
)
def test_the_access_list_is_kept(
    access: Access,
    user: str | None,
    topic: str,
    to_write: bool,  # noqa: FBT001 - parametrized
    is_filter: bool,  # noqa: FBT001 - parametrized
    expected: bool,  # noqa: FBT001 - parametrized
) -> None:
    assert access.allows(user, "c1", topic=topic, to_write=to_write, is_filter=is_filter) is expected


def test_a_name_with_a_wildcard_does_not_widen_a_pattern(access: Access) -> None:
    assert not access.allows("+", "c1", topic="devices/ann/c1/t", to_write=True, is_filter=False)
    assert not access.allows("bob", "#", topic="devices/bob/c1/t", to_write=True, is_filter=False)
    assert not access.allows(None, "c1", topic="devices//c1/t", to_write=True, is_filter=False)


def test_without_an_access_list_everything_is_allowed() -> None:
    assert Access().allows("ann", "c1", topic="#", to_write=False, is_filter=True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("ann", "line 1 is not name:hash"),
        ("\nann:plain", "line 2 holds no argon2 or bcrypt hash"),
        (":$argon2id$x", "line 1 is not name:hash"),
    ],
)
def test_a_password_file_that_means_nothing_is_one_sentence(tmp_path: Path, content: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_access(written(tmp_path / "passwords", content), None, anonymous=False, owner=("", ""))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("topic read a/#b", "line 1 has a filter that has a #"),
        ("topics a", "line 1 means nothing"),
        ("topic", "line 1 means nothing"),
        ("user", "line 1 means nothing"),
    ],
)
def test_an_access_list_that_means_nothing_is_one_sentence(tmp_path: Path, content: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_access(None, written(tmp_path / "acl", content), anonymous=True, owner=("", ""))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"password file .*No such file"):
        read_access(tmp_path / "missing", None, anonymous=False, owner=("", ""))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(Unusable, match="access list"):
        read_access(None, tmp_path / "bytes", anonymous=False, owner=("", ""))


async def test_a_bcrypt_hash_works_where_the_package_is_installed_and_is_refused_where_it_is_not(
    tmp_path: Path,
) -> None:
    passwords = written(tmp_path / "p", "ann:$2b$04$abcdefghijklmnopqrstuuO9Y3e5Zq2c0Kk1bYw5m1l4y6b0u2k0e\n")
    if importlib.util.find_spec("bcrypt") is None:
        with pytest.raises(Unusable, match="needs the Python package bcrypt"):
            read_access(passwords, None, anonymous=False, owner=("", ""))
        return
    bcrypt = importlib.import_module("bcrypt")
    passwords.write_text("ann:" + bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode())
    access = read_access(passwords, None, anonymous=False, owner=("", ""))
    assert await access.admits("ann", "secret")
    assert not await access.admits("ann", "wrong")
