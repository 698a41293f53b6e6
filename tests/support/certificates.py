"""Certificates made at test time with the openssl command, so that none is kept in the tree or ever expires there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Certificates(NamedTuple):
    """A certificate authority made for one test run, and a server's certificate for 127.0.0.1 and localhost."""

    ca_file: Path
    certificate: Path
    private_key: Path


def make_certificates(folder: Path, openssl: Path) -> Certificates:
    """Make an authority and a server certificate signed by it, valid for a day, with the openssl command.

    Args:
        folder: Where the files go; it must exist.
        openssl: The path of the command.
    """
    made = Certificates(folder / "ca.crt", folder / "server.crt", folder / "server.key")
    ca_key, request, names = folder / "ca.key", folder / "server.csr", folder / "names.cnf"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    authority = (
        "req",
        "-x509",
        *key,
        "-keyout",
        ca_key,
        "-out",
        made.ca_file,
        "-days",
        "1",
        "-subj",
        "/CN=Test authority",
    )
    wanted = ("req", *key, "-keyout", made.private_key, "-out", request, "-subj", "/CN=localhost")
    signed = ("x509", "-req", "-in", request, "-CA", made.ca_file, "-CAkey", ca_key, "-CAcreateserial")
    for step in (authority, wanted, (*signed, "-out", made.certificate, "-days", "1", "-extfile", names)):
        subprocess.run([openssl, *step], check=True, capture_output=True, timeout=30)
    return made
