"""The nouns, params and results of the protocol, as they are on the wire: all are dicts."""

from ._types import *  # noqa: F403
