"""The one error of this package, and how it is read from an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ._types import ERROR_KINDS, ErrorKind

_LOCAL: Mapping[str, bool] = {
    "unreachable": True,
    "lost": True,
    "silent": True,
    "protocol": True,
    "version": False,
    "close": False,
    "closed": False,
    "other": False,
}
"""The kinds of the client itself, and whether the same call may succeed later."""

_MAX_DELAY_MS = 24 * 60 * 60 * 1000
"""A bound for what a server may ask for."""


class ChatError(Exception):
    """What went wrong, for programs: decide by `basis`.

    Kinds that the server says are those of the protocol (`not_found`, `rate_limited`, ...);
    `unknown_outcome` is also said by the client, of a command whose answer was lost. No answer of
    the server has brought

    * `close`: the server closed the connection, for good or because of this call; `code` is the
      close code (`CloseCode`),
    * `closed`: the application closed the client,
    * `unreachable`, `lost`, `silent`, `protocol`: there is no connection, it was cut, a request
      was not answered in time, or what the server said is not the protocol; the client tries
      again, so only `Client.connect` raises them,
    * `version`: the server speaks another version of the protocol,
    * `other`: a callback, or the client itself, failed; `__cause__` says how.

    A newer server may have kinds that are not known here: who decides by `basis`, which falls
    back on the code, works with that one too.
    """

    kind: str
    """Stable, unlike the message. There may be others than those of today."""
    basis: str
    """The kind to decide by: `kind`, or of one that is not known here, the first with its code."""
    code: int
    """The code of the answer, or the close code, or 0."""
    message: str
    """For people; it may change at any time."""
    retryable: bool
    """Whether the same call may succeed later."""
    retry_after_ms: int | None
    """How long the server asks to wait before that, in milliseconds."""
    pointer: str | None
    """The JSON pointer (RFC 6901) of the offending param."""
    incident: str | None
    """Finds the failure in the log of the server."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        code: int | None = None,
        basis: str | None = None,
        retryable: bool | None = None,
        retry_after_ms: int | None = None,
        pointer: str | None = None,
        incident: str | None = None,
    ) -> None:
        """Make an error; what follows from the kind need not be given."""
        super().__init__(kind, message)
        usual = ERROR_KINDS.get(cast(ErrorKind, kind))
        self.kind = kind
        self.message = message
        self.code = code if code is not None else usual.code if usual else 0
        self.basis = basis or (kind if kind in _LOCAL else _basis(kind, self.code))
        self.retryable = retryable if retryable is not None else _retryable(self.basis)
        self.retry_after_ms = retry_after_ms
        self.pointer = pointer
        self.incident = incident

    def __str__(self) -> str:
        """Tell the kind, the close code if there is one, and the message."""
        name = f"{self.kind} {self.code}" if self.kind == "close" else self.kind
        return f"{name}: {self.message}" if self.message else name

    def again(self) -> ChatError:
        """Return a copy: one that is raised in several places would collect their tracebacks."""
        copy = ChatError(
            self.kind,
            self.message,
            code=self.code,
            basis=self.basis,
            retryable=self.retryable,
            retry_after_ms=self.retry_after_ms,
            pointer=self.pointer,
            incident=self.incident,
        )
        copy.__cause__ = self.__cause__
        return copy

    @classmethod
    def from_answer(cls, error: Any) -> ChatError:
        """Read the error object of an answer. One that is none raises ValueError."""
        if not isinstance(error, dict) or type(error.get("code")) is not int:
            raise ValueError("an error without a code")
        code, message = error["code"], error.get("message")
        # Whatever else a foreign server puts there tells us nothing.
        data = error["data"] if isinstance(error.get("data"), dict) else {}
        kind = _string(data.get("kind")) or _kind_of(code)
        retryable, after = data.get("retryable"), data.get("retry_after_ms")
        return cls(
            kind,
            message if isinstance(message, str) else "",
            code=code,
            basis=_basis(kind, code),  # also of a kind that is called like one of the client's own
            retryable=retryable if isinstance(retryable, bool) else None,
            retry_after_ms=min(after, _MAX_DELAY_MS) if type(after) is int and after > 0 else None,
            pointer=_string(data.get("pointer")),
            incident=_string(data.get("incident")),
        )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _kind_of(code: int) -> ErrorKind:
    """Find the kind of an error that does not tell it, as those of a proxy in between."""
    return next((kind for kind, usual in ERROR_KINDS.items() if usual.code == code), "internal")


def _retryable(basis: str) -> bool:
    usual = ERROR_KINDS.get(cast(ErrorKind, basis))
    return usual.retryable if usual else _LOCAL[basis]


def _basis(kind: str, code: int) -> str:
    return kind if kind in ERROR_KINDS else _kind_of(code)


def milliseconds(n: Any) -> float:
    """Turn milliseconds of the wire into seconds that make sense."""
    return min(max(n, 0), _MAX_DELAY_MS) / 1000 if type(n) is int else 0.0
