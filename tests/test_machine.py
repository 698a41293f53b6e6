from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hub.core.errors import DataDirBusy, Unusable
from hub.machine import data_folder, raise_file_limit, session_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_hub_is_refused_the_folder_and_told_who_has_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with data_folder(folder):
        with pytest.raises(DataDirBusy) as caught, data_folder(folder):
            pass
        assert caught.value.owner == os.getpid()
        assert str(os.getpid()) in str(caught.value)
    with data_folder(folder):
        pass


def test_a_hub_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from hub.machine import data_folder;"
        " data_folder(pathlib.Path(sys.argv[1])).__enter__(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert (tmp_path / "hub.lock").read_text().strip().isdigit()
    with data_folder(tmp_path):
        assert (tmp_path / "hub.lock").read_text().strip() == str(os.getpid())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable) as caught, data_folder(tmp_path / "file" / "data"):
        pass
    assert caught.value.key == "data_dir"


def test_the_session_key_is_made_once_for_its_owner_only_and_again_if_it_is_damaged(tmp_path: Path) -> None:
    made = session_key(tmp_path)
    assert len(made) == 32
    assert session_key(tmp_path) == made
    assert (tmp_path / "session_key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "session_key").write_bytes(b"short")
    assert len(session_key(tmp_path)) == 32
    with pytest.raises(Unusable):
        session_key(tmp_path / "missing")


def test_too_few_files_are_one_sentence_that_says_how_many(tmp_path: Path) -> None:
    del tmp_path
    assert raise_file_limit(10) is None
    text = raise_file_limit(10**9)
    assert text is None or "http.max_connections = 1000000000" in text
