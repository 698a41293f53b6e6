"""Search: the grammar of the search box, the palette, ``q`` in URLs and in the HTTP API.

::

    query = term …                    terms must all hold
    term  = ["-"] (word | "phrase" | field:value | metric op number [unit])
    op    = > >= < <= =               number may be a word after =, such as on, off, heat

``*`` stands for any run of characters. Words and phrases are looked for anywhere in what names a device or series, in
any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hub.core.conversion import named
from hub.core.errors import RequestError
from hub.core.units import canonical
from hub.gateway.terms import FIELDS, LATER_FIELDS, Comparison, OfSeries, Term, Words, field_term
from hub.gateway.wildcard import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.model import Device, Series

MAX_TERMS = 32
"""Most terms of a query; somebody who types has fewer."""

_TOKEN = re.compile(r'(?P<quoted>-?(?:[a-z]+:)?"[^"]*"?)|(?P<bare>[^\s"]+)', re.IGNORECASE)
_OPERATOR = re.compile(r"(?P<metric>[^<>=]+)(?P<op>>=|<=|>|<|=)(?P<value>[^<>=]*)")
_LONE_OPERATOR = re.compile(r"\s*(>=|<=|>|<|=)\s*")
_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)(\D*)")
_FIELD = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Search:
    """A query, ready to be asked.

    Args:
        terms: with True for those that must not hold.
    """

    terms: tuple[tuple[Term, bool], ...]

    def matches_device(self, device: Device, now_us: int) -> bool:
        """Return True if all terms hold for a device, value terms for any of its series.

        Args:
            device: any device.
            now_us: the hub's time.
        """
        return all(term.of_device(device, now_us) is not negated for term, negated in self.terms)

    def within(self, device: Device, now_us: int) -> Callable[[Series], bool]:
        """Return what says whether all terms hold for a series of a device; what the device decides is asked once.

        Args:
            device: any device.
            now_us: the hub's time.
        """
        open_terms = []
        for term, negated in self.terms:
            holds = term.of_all(device, now_us)
            if holds is negated:
                return _none
            if holds is None:
                open_terms.append((term, negated))
        if not open_terms:
            return _all
        return lambda series: all(term.of_series(series, now_us) is not negated for term, negated in open_terms)


def _all(series: Series) -> bool:
    """Return True."""
    del series
    return True


def _none(series: Series) -> bool:
    """Return False."""
    del series
    return False


@lru_cache(maxsize=256)
def parse(text: str) -> Search:
    """Return the query of a text; an empty one matches everything.

    Args:
        text: as somebody typed it.

    Raises:
        RequestError: for an unknown field, a value that its field cannot have, too many terms; says what there is.
    """
    tokens = _tokens(text)
    terms: list[tuple[Term, bool]] = []
    while tokens:
        token = tokens.pop(0)
        negated = len(token) > 1 and token.startswith("-")
        token = token[1:] if negated else token
        following = tokens[0] if tokens else ""
        term, taken = _term(token, following)
        del tokens[:taken]
        if term is not None:
            terms.append((term, negated))
    if len(terms) > MAX_TERMS:
        raise _fault(f"has {len(terms)} terms; at most {MAX_TERMS} are looked for")
    return Search(tuple(terms))


def _tokens(text: str) -> list[str]:
    """Return the words of a query; quotes hold a phrase together, operators stick to both their sides."""
    pieces = text.split('"')
    pieces[::2] = [_LONE_OPERATOR.sub(r"\1", piece) for piece in pieces[::2]]
    return [found.group() for found in _TOKEN.finditer('"'.join(pieces))]


def _term(token: str, following: str) -> tuple[Term | None, int]:
    """Return the term that a token begins, and how many more tokens it takes."""
    if token.startswith('"'):
        phrase = token.strip('"')
        return (Words(Wildcard(phrase)) if phrase.strip() else None), 0
    field = _FIELD.fullmatch(token)
    if field is not None:
        return _field(field.group(1).casefold(), field.group(2).strip('"')), 0
    compared = _OPERATOR.fullmatch(token)
    if compared is not None:
        return _comparison(compared.group("metric"), compared.group("op"), compared.group("value"), following)
    if any(mark in token for mark in "<>="):
        raise _fault(f"has {token!r}, which compares nothing; write it like temperature>80 or battery<=20 %")
    return Words(Wildcard(token)), 0


def _field(name: str, value: str) -> Term:
    """Return the term of a field, or say which fields there are."""
    if name in LATER_FIELDS:
        raise _fault(f"has {name}:, which does not exist yet; fields are {', '.join(FIELDS)}")
    if name not in FIELDS:
        raise _fault(f"has the unknown field {name}:; fields are {', '.join(FIELDS)}")
    if not value:
        raise _fault(f"has {name}: without a value")
    try:
        return field_term(name, value)
    except ValueError as error:
        raise _fault(str(error)) from error


def _comparison(metric: str, op: str, value: str, following: str) -> tuple[Term, int]:
    """Return the term that compares a value, and 1 if the token after it is its unit."""
    number = _NUMBER.fullmatch(value)
    unit, taken = None, 0
    if number is None and (op != "=" or not value):
        raise _fault(f"has {metric}{op}{value}, which needs a number after {op}")
    if number is not None and number.group(2):
        unit = named(number.group(2)) or canonical(number.group(2))
    elif number is not None and following:
        unit = named(following)
        taken = 1 if unit else 0
    amount = float(number.group(1)) if number is not None else None
    return OfSeries(Comparison(Wildcard(metric), op, amount, unit, Wildcard(value))), taken


def _fault(message: str) -> RequestError:
    """Return the error of a query."""
    return RequestError("bad_parameter", message, field="q")
