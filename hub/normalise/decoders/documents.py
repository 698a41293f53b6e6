"""Documents: what most decoders do once they know whose message it is.

References:
    Normalisation G4 (flattening), G9 (texts and status words), G10 (what the bytes are).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.content import Document, Text
from hub.normalise.decoders import plain
from hub.normalise.decoders.protocol import Decoded, Said
from hub.normalise.flatten import GENERIC, MAX_READINGS, Flattener
from hub.normalise.names import label, metric_name

if TYPE_CHECKING:
    from hub.core.model import Status
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Step
    from hub.normalise.flatten import Dialect


def text(value: Json) -> str:
    """Return a text that people can be shown, empty for anything else.

    Args:
        value: whatever stands where a name or a description is expected.
    """
    return label(value) or ""


def document(message: Message) -> dict[str, Json] | list[Json] | Rejection:
    """Return a message's document, or why it has none; an empty payload is an empty document.

    Args:
        message: of a topic that carries documents.
    """
    if not message.payload:
        return {}
    match message.content:
        case Document(root):
            return root
        case Rejection() as rejection:
            return rejection
        case _:
            return Rejection("unexpected_shape", "This topic carries JSON objects and arrays.")


def mapping(message: Message) -> dict[str, Json] | Rejection:
    """Return a message's document that must be an object; an empty payload is an empty one.

    Args:
        message: of a topic that carries objects.
    """
    root = document(message)
    return Rejection("unexpected_shape", "This topic carries JSON objects.") if isinstance(root, list) else root


def flattened(
    root: dict[str, Json] | list[Json],
    device: str,
    dialect: Dialect = GENERIC,
    *,
    parts: tuple[str, ...] = (),
    time_us: int | None = None,
    path: tuple[Step, ...] | None = None,
) -> Decoded:
    """Return what a document says of one device.

    Args:
        root: parsed.
        device: the ecosystem's own id.
        dialect: how it is read.
        parts: name parts before the document's own. With them, or with a time, each document is read anew: no plan.
        time_us: the time of all that has none of its own.
        path: as of :meth:`hub.normalise.flatten.Flattener.add`; empty where the topic alone decides the parts.
    """
    flattener = Flattener(device, dialect)
    flattener.add(root, parts=parts, time_us=time_us, path=path)
    return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections)


def cut(decoded: Decoded) -> Decoded:
    """Return what a message says, without what is more than one message may hold; a rejection tells of that.

    Args:
        decoded: of which no flattener counted all samples.
    """
    if len(decoded.samples) > MAX_READINGS:
        del decoded.samples[MAX_READINGS:]
        detail = f"More than {MAX_READINGS} values in one message; the rest is not read."
        decoded.rejections.append(Rejection("too_many", detail))
    return decoded


def text_of(message: Message) -> str | Rejection:
    """Return a payload's text as it was sent, whatever it looks like, or why it is none.

    Args:
        message: of an ecosystem whose payloads are UTF-8.
    """
    try:
        return message.payload.decode()
    except UnicodeDecodeError as error:
        return Rejection("not_text", f"This payload is text in UTF-8; it is not from byte {error.start} on.")


def said(message: Message, device: str, words: dict[str, Status], *, key: str = "state") -> Decoded:
    """Return the status that a message's word means; a word that is not among them says nothing.

    Args:
        message: its payload is the word, or an object that holds it.
        device: the ecosystem's own id.
        words: lower case.
        key: under which an object holds the word.
    """
    content = message.content
    word: object = ""
    match content:
        case Text(text):
            word = text
        case Document(dict() as root):
            word = root.get(key)
        case Rejection() as rejection if message.payload:
            return Decoded(undecoded=rejection)
    status = words.get(str(word).strip().lower())
    return Decoded() if status is None else Decoded(statuses=[Said(device, status)])


def scalar(message: Message, device: str, parts: tuple[str, ...], dialect: Dialect = GENERIC) -> Decoded:
    """Return what the payload of a topic says that is one value; a document in its place is flattened under its name.

    Args:
        message: its payload is a text, such as ``21.5`` or ``21.5 °C``.
        device: the ecosystem's own id.
        parts: of the metric's name, in snake_case.
        dialect: gives the unit where the text has none.
    """
    if not message.payload:
        return Decoded()
    match message.content:
        case Rejection() as rejection:
            return Decoded(undecoded=rejection)
        case Document(root):
            return flattened(root, device, dialect, parts=parts)
        case Text(text):
            sample = plain.sample(text, device, metric_name(parts))
            if sample.unit is None and type(sample.value) in (int, float) and dialect.unit_of is not None:
                sample = sample._replace(unit=dialect.unit_of(parts))
            return Decoded(samples=[sample])
