"""Accounts, sessions, people and privacy."""

from __future__ import annotations

from typing import Any

from asappchat import types

from .caller import Caller, given


class AccountCalls(Caller):
    """Accounts, sessions, people and privacy."""

    async def register(
        self,
        username: str,
        password: str | None = None,
        display_name: str | None = None,
        *,
        invitation: str | None = None,
    ) -> types.UserResult:
        """Open an account. It does not log in.

        A name in use is a `conflict`. `server_info` says who may register, and whether an
        `invitation` is needed.
        """
        result: types.UserResult = await self.call(
            "register",
            given(
                username=username,
                password=password,
                display_name=display_name,
                invitation=invitation,
            ),
        )
        return result

    async def sessions(self) -> types.SessionsResult:
        """List the user's sessions, oldest first."""
        result: types.SessionsResult = await self.call("sessions")
        return result

    async def revoke(self, session: str) -> None:
        """End one of the user's sessions, and close its connections."""
        await self.call("revoke", given(session=session))

    async def set_password(self, new: str, old: str | None = None) -> None:
        """Give the account a password, or another one, and end all other sessions.

        `old` is needed when the account has one.
        """
        await self.call("set_password", given(new=new, old=old))

    async def set_profile(
        self, display_name: str | None = None, status: str | None = None
    ) -> types.UserResult:
        """Change what others see of the user. What is None stays, and "" takes away."""
        result: types.UserResult = await self.call(
            "set_profile", given(display_name=display_name, status=status)
        )
        return result

    async def users(
        self, prefix: str | None = None, limit: int | None = None, page: str | None = None
    ) -> types.UsersResult:
        """List accounts in the order of their names, page by page."""
        result: types.UsersResult = await self.call(
            "users", given(prefix=prefix, limit=limit, page=page)
        )
        return result

    async def privacy(self) -> types.PrivacyResult:
        """Return what the user lets others do and see."""
        result: types.PrivacyResult = await self.call("privacy")
        return result

    async def set_privacy(
        self,
        *,
        contact: types.Contact | None = None,
        receipts: bool | None = None,
        presence: bool | None = None,
    ) -> types.PrivacyResult:
        """Change what the user lets others do and see. What is None stays."""
        result: types.PrivacyResult = await self.call(
            "set_privacy", given(contact=contact, receipts=receipts, presence=presence)
        )
        return result

    async def block(self, username: str) -> None:
        """Refuse direct messages and invitations of a user, who is not told so."""
        await self.call("block", given(username=username))

    async def unblock(self, username: str) -> None:
        """Take a `block` back."""
        await self.call("unblock", given(username=username))

    async def blocked(
        self, limit: int | None = None, page: str | None = None
    ) -> types.BlockedResult:
        """List whom the user blocks, in the order of their names, page by page."""
        result: types.BlockedResult = await self.call("blocked", given(limit=limit, page=page))
        return result

    async def server_info(self) -> types.ServerInfoResult:
        """Return what a client should know before it logs in."""
        result: types.ServerInfoResult = await self.call("server_info")
        return result

    async def discover(self) -> dict[str, Any]:
        """Return the OpenRPC document of the server, which describes all methods and events."""
        result: dict[str, Any] = await self.call("rpc.discover")
        return result

    async def ping(self) -> types.PingResult:
        """Ask whether the server is there."""
        result: types.PingResult = await self.call("ping")
        return result
