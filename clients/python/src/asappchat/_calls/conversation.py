"""Conversations, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

from asappchat import types

from .caller import Caller, given


class ConversationCalls(Caller):
    """Conversations, and who is in them."""

    async def conversations(
        self, since: str | None = None, limit: int | None = None, page: str | None = None
    ) -> types.ConversationsResult:
        """List the conversations, newest activity first, page by page.

        With `since`, a cursor, it lists what has changed after it; `reset` then says that this is
        the whole list after all. `Mirror` keeps that list.
        """
        result: types.ConversationsResult = await self.call(
            "conversations", given(since=since, limit=limit, page=page)
        )
        return result

    async def conversation(self, with_: str) -> types.ConversationResult:
        """Return one conversation."""
        result: types.ConversationResult = await self.call("conversation", given(with_=with_))
        return result

    async def read(self, with_: str, seq: int) -> types.ReadResult:
        """Move the user's read marker forward to a seq."""
        result: types.ReadResult = await self.call("read", given(with_=with_, seq=seq))
        return result

    async def set_preferences(
        self, with_: str, *, muted: bool | None = None, pinned: bool | None = None
    ) -> types.ConversationResult:
        """Say how the user wants a conversation shown. What is None stays."""
        result: types.ConversationResult = await self.call(
            "set_preferences", given(with_=with_, muted=muted, pinned=pinned)
        )
        return result

    async def create(
        self, name: str, members: Sequence[str], *, history: bool | None = None
    ) -> types.ConversationResult:
        """Open a group, with the user as its owner.

        With `history` newcomers see what was sent before they came.
        """
        result: types.ConversationResult = await self.call(
            "create", given(name=name, members=members, history=history)
        )
        return result

    async def invite(self, with_: str, username: str) -> types.ConversationResult:
        """Make somebody a member of a group."""
        result: types.ConversationResult = await self.call(
            "invite", given(with_=with_, username=username)
        )
        return result

    async def remove(self, with_: str, username: str) -> types.ConversationResult:
        """End the membership of somebody else."""
        result: types.ConversationResult = await self.call(
            "remove", given(with_=with_, username=username)
        )
        return result

    async def leave(self, with_: str) -> None:
        """End the user's own membership."""
        await self.call("leave", given(with_=with_))

    async def rename(self, with_: str, name: str) -> types.ConversationResult:
        """Give a group another name."""
        result: types.ConversationResult = await self.call("rename", given(with_=with_, name=name))
        return result

    async def set_role(
        self, with_: str, username: str, role: types.Role
    ) -> types.ConversationResult:
        """Change the role of another member, as the owner may."""
        result: types.ConversationResult = await self.call(
            "set_role", given(with_=with_, username=username, role=role)
        )
        return result

    async def set_state(self, with_: str, state: types.State) -> types.ConversationResult:
        """Close a group, so that nothing more is sent to it, or open it again."""
        result: types.ConversationResult = await self.call(
            "set_state", given(with_=with_, state=state)
        )
        return result

    async def members(
        self, with_: str, limit: int | None = None, page: str | None = None
    ) -> types.MembersResult:
        """List the members of a conversation in the order of their names, page by page."""
        result: types.MembersResult = await self.call(
            "members", given(with_=with_, limit=limit, page=page)
        )
        return result
