"""The newest messages of a conversation in a mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._ask import ask
from ._types import HistoryResult, Message
from .client import Client
from .errors import ChatError

if TYPE_CHECKING:
    from ._entry import Entry


class Recent:
    """Messages, seq ascending, without a hole."""

    def __init__(self, messages: list[Message], since: str = "") -> None:
        """Take messages that were read.

        since is a cursor, after which they do not say what was sent and what has changed; ""
        when they do.
        """
        self.messages = messages
        self.since = since

    @property
    def last(self) -> int:
        """The seq of the last one, or 0."""
        return self.messages[-1]["seq"] if self.messages else 0

    def age(self, cursor: str) -> None:
        """Note that nothing after a cursor is known."""
        if not self.since:
            self.since = cursor

    def take(self, page: HistoryResult, keep: int) -> bool:
        """Apply a page, and return False when there is a hole before it."""
        for message in page["messages"]:
            self.put(message, keep)
            if message["seq"] > self.last:
                return False
        self.messages = [m for m in self.messages if m["seq"] >= page["first_seq"]]
        return True

    def put(self, message: Message, keep: int) -> None:
        """Apply a message. One behind a hole is left out: who sees the hole reads anew."""
        if self.since:
            return
        if self.messages and message["seq"] <= self.last:
            self.replace(message)
        elif not self.messages or message["seq"] == self.last + 1:
            self.messages.append(message)
            if len(self.messages) > keep:
                del self.messages[0]

    def replace(self, message: Message) -> None:
        """Apply a newer version of a message that is kept."""
        if self.since or not self.messages:
            return
        i = message["seq"] - self.messages[0]["seq"]
        if 0 <= i < len(self.messages) and message["rev"] > self.messages[i]["rev"]:
            self.messages[i] = message


async def refresh(client: Client, entry: Entry, keep: int) -> list[Message]:
    """Return the messages that belong into entry.recent.

    Reading them all anew is what it does when it knows nothing better, or too much was missed.
    """
    recent, id_ = entry.recent, entry.conversation["id"]
    if recent is None or not recent.messages:
        return await _newest(client, id_, keep)
    if not recent.since:
        return recent.messages
    if entry.conversation["last_seq"] - recent.last > keep:
        return await _newest(client, id_, keep)
    fresh = Recent(list(recent.messages))
    after = recent.messages[0]["seq"] - 1
    while True:
        try:
            page: HistoryResult = await ask(
                client, "history", {"with": id_, "after": after, "since": recent.since}
            )
        except ChatError as error:
            if error.basis != "invalid_params":
                raise
            return await _newest(client, id_, keep)
        if not fresh.take(page, keep):
            return await _newest(client, id_, keep)
        if not page["has_more"]["after"] or not page["messages"]:
            return fresh.messages
        after = page["messages"][-1]["seq"]


async def _newest(client: Client, id_: str, keep: int) -> list[Message]:
    messages: list[Message] = []
    most = client.login["limits"].get("page_max", 0) or keep
    params: dict[str, Any] = {"with": id_}
    while len(messages) < keep:
        params["limit"] = min(keep - len(messages), most)
        page: HistoryResult = await ask(client, "history", params)
        messages = page["messages"] + messages
        if not page["has_more"]["before"] or not page["messages"]:
            break
        params["before"] = page["messages"][0]["seq"]
    return messages
