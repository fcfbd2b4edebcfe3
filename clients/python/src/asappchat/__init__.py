"""The Python client for the chat protocol.

Typed calls, an ordered stream of events, and a connection that comes back by itself:

    async with Client("ws://127.0.0.1:8080", username="ana") as client:
        await client.send("bo", "hello")
        async for event in client.events():
            if isinstance(event, MessageEvent):
                print(event.message["sender"], event.message["body"])

An application that shows all conversations follows a `Mirror` instead, which applies the events,
and asks for what they leave open.

A send that is answered is stored, once, however often the connection was lost meanwhile; sends are
stored in the order in which they were made. Events come once each, in the order of the server's
log; where that cannot be, a `ResetEvent` says so. A mirror shows, when it has caught up, what a
fresh login would be shown. What waits is bounded: 1024 calls, and the bytes of `buffer` for
events. All errors are `ChatError`; programs decide by its `basis`.
"""

from ._types import CloseCode
from .backoff import Backoff
from .client import Client
from .errors import ChatError
from .events import (
    ConversationEvent,
    EphemeralEvent,
    Event,
    MessageEvent,
    PresenceEvent,
    ReadEvent,
    ResetEvent,
    TypingEvent,
    UpdatedEvent,
)
from .mirror import Change, Mirror

__all__ = [
    "Backoff",
    "Change",
    "ChatError",
    "Client",
    "CloseCode",
    "ConversationEvent",
    "EphemeralEvent",
    "Event",
    "MessageEvent",
    "Mirror",
    "PresenceEvent",
    "ReadEvent",
    "ResetEvent",
    "TypingEvent",
    "UpdatedEvent",
]
