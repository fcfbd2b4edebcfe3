"""What all calls are made with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any


class Caller(ABC):
    """Calls methods by their name."""

    @abstractmethod
    async def call(
        self, method: str, params: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> Any:
        """Call a method, and return its result."""


def given(**params: Any) -> dict[str, Any]:
    """Return the params that are not None. `with_` stands for `with`, a word of Python's."""
    return {name.rstrip("_"): value for name, value in params.items() if value is not None}
