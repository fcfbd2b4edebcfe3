"""What may stand in a frame that comes from the server, held to the letter.

Names without duplicates, no NaN, no half of a surrogate pair, one JSON-RPC 2.0 response or
request. Batches are never asked for, and so refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ChatError


class ViolationError(ValueError):
    """The server has sent what the protocol does not allow."""


@dataclass(frozen=True)
class Answer:
    """The response to the request with this id."""

    id: int | str
    result: Any
    error: ChatError | None


@dataclass(frozen=True)
class Notification:
    """An event. `size` is that of its frame, in bytes."""

    method: str
    params: Any
    size: int


def decode(frame: str | bytes) -> Answer | Notification | None:
    """Read a frame. It is None when it answers nothing that could have been asked, or asks."""
    if isinstance(frame, bytes):
        raise ViolationError("a binary frame")
    message = _parse(frame)
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise ViolationError("a frame without version 2.0")
    method, error = message.get("method"), message.get("error")
    response = "result" in message or error is not None
    if response == ("method" in message):
        raise ViolationError("neither a request nor a response")
    if response:
        return _answer(message)
    if not isinstance(method, str):
        raise ViolationError("a method that is no string")
    if "id" in message:
        return None
    size = len(frame) if frame.isascii() else len(frame.encode())
    return Notification(method, message.get("params"), size)


def _answer(message: dict[str, Any]) -> Answer | None:
    error = message.get("error")
    if "result" in message and error is not None:
        raise ViolationError("a response with both a result and an error")
    id_ = message.get("id")
    if not isinstance(id_, str) and (type(id_) is not int or id_ < 0):
        return None
    try:
        refused = None if error is None else ChatError.from_answer(error)
    except ValueError as exc:
        raise ViolationError(str(exc)) from exc
    return Answer(id_, message.get("result"), refused)


def _parse(frame: str) -> Any:
    try:
        value = json.loads(frame, object_pairs_hook=_object, parse_constant=_constant)
        if "\\ud" in frame or "\\uD" in frame:
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a pair
    except (ValueError, RecursionError) as exc:
        raise ViolationError(f"not JSON: {exc}") from exc
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ViolationError("a name that stands twice")
    return members


def _constant(name: str) -> Any:
    raise ViolationError(name)


def encode(value: Any) -> str:
    """Make JSON of params.

    What the server could only answer with a parse error, which names no request, is a ChatError:
    what is no JSON, half a surrogate pair, a name that stands twice, what is nested without an end.
    """
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        )
        text.encode()  # fails for half a surrogate pair
        json.loads(text, object_pairs_hook=_object)  # names may be the same once they are strings
    except (TypeError, ValueError, RecursionError) as exc:
        raise ChatError("parse", f"params that the server would not read: {exc}") from exc
    return text


def depth(text: str) -> int:
    """Return how many arrays and objects are inside each other in a JSON text."""
    deepest = level = 0
    for mark in _MARKS.findall(text):
        if mark in ("[", "{"):
            level += 1
            deepest = max(deepest, level)
        elif mark in ("]", "}"):
            level -= 1
    return deepest


_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]')
"""Strings, so that what stands in them does not count, and what opens and closes."""


def _plain(value: Any) -> Any:
    """Make a dict of another mapping, and a list of another sequence."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def request(id_: int, method: str, params: str | None) -> str:
    """Make a request of params that are JSON already."""
    rest = "" if params is None else f',"params":{params}'
    return f'{{"jsonrpc":"2.0","id":{id_},"method":{encode(method)}{rest}}}'
