"""The link to a running hub: exports are read from it, readings are posted to it."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from hub.core.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMEOUT_S: Final = 60.0
TRIES: Final = 30
"""How often a request is sent again that the hub cannot take now, or that does not reach it."""
LONGEST_WAIT_S: Final = 10.0
_NOT_NOW: Final = (429, 502, 503, 504)
_NO_ROW: Final = 422


class TransferError(HubError):
    """An export or import cannot go on."""


class Link:
    """A hub by its address.

    Args:
        url: ``http://host:port`` or ``https://…``.
        token: its access token, empty for none.
        sleep: waits between two tries, in seconds.

    Raises:
        TransferError: the URL is none.
    """

    def __init__(self, url: str, token: str = "", *, sleep: Callable[[float], None] = time.sleep) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise TransferError(f"{url!r} is no address of a hub; http://127.0.0.1:8080 would be one.")
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._sleep = sleep

    def get(self, path: str, params: Mapping[str, str | Sequence[str]]) -> http.client.HTTPResponse:
        """Return an answer whose body is still to be read.

        Args:
            path: with its slash.
            params: lists are repeated.

        Raises:
            TransferError: the hub refuses, or cannot be reached.
        """
        query = urlencode({key: value for key, value in params.items() if value}, doseq=True)
        try:
            return self._open(urllib.request.Request(f"{self._url}{path}?{query}", headers=self._headers))  # noqa: S310 - the scheme was checked
        except urllib.error.HTTPError as error:
            raise TransferError(_told(error)) from None
        except OSError as error:
            raise TransferError(f"{self._url} cannot be reached: {_reason(error)}.") from None

    def post(self, body: bytes, kind: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return what the hub says to some readings once they are durable; waits and tries again while it cannot.

        Args:
            body: the rows.
            kind: their media type.
            params: of line protocol.

        Raises:
            TransferError: the hub refuses, or does not come back.
        """
        query = urlencode({key: value for key, value in params.items() if value})
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self._url}/api/v1/readings?{query}", data=body, headers={**self._headers, "Content-Type": kind}
        )
        why = ""
        for number in range(TRIES):
            try:
                with self._open(request) as answer:
                    found: dict[str, Any] = orjson.loads(answer.read())
                    return found
            except urllib.error.HTTPError as error:
                why = _told(error)
                if error.code == _NO_ROW and error.headers.get_content_type() == "application/problem+json":
                    return {"accepted": 0, "rejected": None, "errors": [], "detail": why}
                if error.code not in _NOT_NOW:
                    raise TransferError(why) from None
                wait_s = float(error.headers.get("Retry-After") or 1)
            except (OSError, http.client.HTTPException) as error:
                why = f"{self._url} cannot be reached: {_reason(error)}."
                wait_s = 2.0 ** min(number, 4)
            self._sleep(min(wait_s, LONGEST_WAIT_S))
        raise TransferError(f"{why} Given up after {TRIES} tries; the same command goes on where it stopped.")

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Send a request; no redirect leads to another scheme than HTTP, because urllib allows none."""
        found: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - likewise
        return found


def _told(error: urllib.error.HTTPError) -> str:
    """Return what a problem document says."""
    with error:
        text = error.read(65_536)
    try:
        return str(orjson.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The hub answered {error.code} {error.reason}."


def _reason(error: Exception) -> str:
    """Return why a hub cannot be reached, for people."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)
