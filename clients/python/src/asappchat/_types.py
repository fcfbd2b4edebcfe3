"""The nouns, params, results and events of the protocol, as they are on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired

ConversationKind = Literal["direct", "group"]
"""ConversationKind tells direct conversations from groups."""

Role = Literal["owner", "admin", "member"]
"""Role is what a member may do. Direct conversations know only members."""

State = Literal["open", "closed"]
"""State says whether messages may be sent to a conversation."""

Kind = Literal["parse", "invalid_request", "method_not_found", "invalid_params", "internal", "unauthenticated", "forbidden", "not_accepting", "not_found", "conflict", "too_large", "rate_limited", "unavailable", "draining", "unknown_outcome", "storage_full"]
"""Kind says what went wrong, for programs. It is stable; messages are not."""

Change = Literal["created", "joined", "left", "renamed", "role", "state", "preferences"]
"""Change is what happened to a conversation."""

PresenceState = Literal["online", "away", "offline"]
"""PresenceState is online when any of a user's connections is, away when all of them are, offline when there is none."""

Contact = Literal["everybody", "shared", "nobody"]
"""Contact is from whom a user takes direct messages and invitations. The others are answered not_accepting, as those whom the user blocks."""

Registration = Literal["open", "closed", "invitation"]
"""Registration says who may open an account."""

Directory = Literal["everybody", "shared", "nobody"]
"""Directory says whom Users lists."""


EditParams = TypedDict("EditParams", {
    "with": "str",
    "seq": "int",
    # as of send
    "body": "str",
})


class MessageResult(TypedDict):
    message: Message


DeleteParams = TypedDict("DeleteParams", {
    "with": "str",
    "seq": "int",
})


ReactParams = TypedDict("ReactParams", {
    "with": "str",
    "seq": "int",
    # one grapheme cluster (Unicode, UAX 29) of up to 32 bytes, to be seen
    "emoji": "str",
})


Conversation = TypedDict("Conversation", {
    # "c:" and 22 characters of base64url
    "id": "str",
    "kind": "ConversationKind",
    # of a group
    "name": "NotRequired[str]",
    # the peer of a direct conversation
    "with": "NotRequired[str]",
    # of the caller
    "role": "Role",
    "member_count": "int",
    # the first few by name, at most 10
    "members": "NotRequired[list[str]]",
    "last_message": "NotRequired[Message]",
    # 0 when there is no message
    "last_seq": "int",
    # the caller's marker: all up to here is read; 0 when there is no message
    "read_seq": "int",
    # messages of others after the marker that are not deleted
    "unread": "int",
    # those of them that mention the caller
    "mentions": "int",
    "muted": "bool",
    "pinned": "bool",
    "state": "State",
    # newcomers see what was sent before
    "history": "NotRequired[bool]",
    "created_at": "str",
    # by the caller, the last time
    "joined_at": "str",
})
"""Conversation is a conversation as one of its members sees it."""


class CreateParams(TypedDict):
    name: str
    members: list[str]
    history: NotRequired[bool]
    """newcomers see what was sent before they came"""


class ConversationResult(TypedDict):
    conversation: Conversation


WithParams = TypedDict("WithParams", {
    "with": "str",
})
"""WithParams is the params of methods on one conversation. With is a username, for the direct
conversation with that user, or a conversation id."""


MembersParams = TypedDict("MembersParams", {
    "with": "str",
    # items of the page
    "limit": "NotRequired[int]",
    # Next of the page before
    "page": "NotRequired[str]",
})


class MembersResult(TypedDict):
    members: list[Member]
    next: NotRequired[str]
    """absent on the last page"""


class Member(TypedDict):
    """Member is a user in a conversation."""

    username: str
    role: Role
    joined_at: str
    read_seq: NotRequired[int]
    """their marker, where the caller may see it"""


class ErrorData(TypedDict):
    """ErrorData is the data member of an error object."""

    kind: Kind
    retryable: bool
    retry_after_ms: NotRequired[int]
    """milliseconds"""
    pointer: NotRequired[str]
    incident: NotRequired[str]


class MessageEvent(TypedDict):
    message: Message
    cursor: str


class ReadEvent(TypedDict):
    conversation: str
    """its id"""
    username: str
    seq: int
    cursor: str


class ConversationEvent(TypedDict):
    conversation: str
    """its id"""
    change: Change
    kind: ConversationKind
    name: NotRequired[str]
    """of a group"""
    username: NotRequired[str]
    """who joined or left, or whose role or preferences changed"""
    role: NotRequired[Role]
    """of role"""
    state: NotRequired[State]
    """of state"""
    muted: NotRequired[bool]
    """of preferences"""
    pinned: NotRequired[bool]
    """of preferences"""
    members: NotRequired[list[str]]
    """of a new conversation: the first few by name, at most 10"""
    member_count: NotRequired[int]
    cursor: str


class LaggingEvent(TypedDict):
    cursor: str
    """of the last event that was sent"""


class DrainingEvent(TypedDict):
    delay_ms: int
    """milliseconds, different for each connection"""


MemberParams = TypedDict("MemberParams", {
    "with": "str",
    "username": "str",
})
"""MemberParams is the params of methods on somebody in a group."""


RenameParams = TypedDict("RenameParams", {
    "with": "str",
    "name": "str",
})


SetRoleParams = TypedDict("SetRoleParams", {
    "with": "str",
    "username": "str",
    "role": "Role",
})


SetStateParams = TypedDict("SetStateParams", {
    "with": "str",
    "state": "State",
})


class ConversationsParams(TypedDict):
    since: NotRequired[str]
    limit: NotRequired[int]
    """items of the page"""
    page: NotRequired[str]
    """Next of the page before, of a call with the same Since"""


class ConversationsResult(TypedDict):
    conversations: list[Conversation]
    left: list[str]
    """ids of conversations that are the caller's no longer"""
    cursor: str
    """where the list stands, the same on all its pages"""
    next: NotRequired[str]
    """absent on the last page"""
    reset: bool


ReadParams = TypedDict("ReadParams", {
    "with": "str",
    "seq": "int",
})


class ReadResult(TypedDict):
    conversation: str
    read_seq: int
    unread: int


SetPreferencesParams = TypedDict("SetPreferencesParams", {
    "with": "str",
    "muted": "NotRequired[bool]",
    "pinned": "NotRequired[bool]",
})


class Limits(TypedDict):
    """Limits are the bounds that a server keeps. All of them are in server_info and in the answer
    to login. Sizes are in bytes unless the comment says otherwise, times in milliseconds."""

    frame_before_login: int
    """one incoming frame before login"""
    frame: int
    """one incoming frame after login"""
    login_ms: int
    """time from connecting to login"""
    batch: int
    """requests in one batch"""
    in_flight: int
    """commands of a connection that wait to be stored, then the server stops reading it"""
    depth: int
    """nested arrays and objects of a frame"""
    body: int
    client_id: int
    data: int
    group_name: int
    """characters"""
    members: int
    """of a group"""
    mentions: int
    """of a message"""
    reactions: int
    """different emoji under a message"""
    blocked: int
    """users whom a user blocks"""
    watched: int
    """users whose presence a connection watches"""
    page: int
    """items of a page when the caller does not say"""
    page_max: int
    """items of a page at most"""
    page_bytes: int
    """a page ends before its frame passes this, unless one item is larger"""
    outbox: int
    """waiting for a connection that reads slowly"""
    stall_ms: int
    """without progress of a connection's outbox"""
    connections: int
    send_burst: int
    """messages of a user at once"""
    send_rate: int
    """messages of a user per second after that, 0 for no limit"""


class Message(TypedDict):
    """Message is what somebody said. Its place in its conversation is Seq, which counts from 1
    without holes; Rev counts its versions from 1, and of two versions the one with the higher
    Rev is the present one."""

    conversation: str
    seq: int
    rev: int
    sender: str
    body: NotRequired[str]
    """absent once it is deleted"""
    at: str
    client_id: NotRequired[str]
    reply_to: NotRequired[int]
    """the Seq of an earlier message"""
    mentions: NotRequired[list[str]]
    """usernames"""
    data: NotRequired[dict[str, Any]]
    """the application's own JSON object, without white space"""
    edited_at: NotRequired[str]
    deleted: NotRequired[bool]
    """Deleted says that this is a tombstone: of the message are left where and when it was sent, and by whom."""
    reactions: NotRequired[list[Reaction]]


class Reaction(TypedDict):
    """Reaction is an emoji under a message, and who put it there."""

    emoji: str
    count: int
    users: list[str]
    """the first few by name, at most 20"""


class SendParams(TypedDict):
    to: str
    """a username or a conversation id"""
    body: str
    """up to 16 KiB of UTF-8, without U+0000"""
    client_id: NotRequired[str]
    reply_to: NotRequired[int]
    mentions: NotRequired[list[str]]
    """a name given twice counts once"""
    data: NotRequired[dict[str, Any]]


class SendResult(TypedDict):
    conversation: str
    seq: int
    at: str
    duplicate: bool


HistoryParams = TypedDict("HistoryParams", {
    "with": "str",
    "limit": "NotRequired[int]",
    # at most one of these three
    "before": "NotRequired[int]",
    "after": "NotRequired[int]",
    "around": "NotRequired[int]",
    # alone or with After
    "since": "NotRequired[str]",
})


class HistoryResult(TypedDict):
    """HistoryResult is a page, and where it stands. A page may hold fewer messages than asked for
    at any time; only HasMore says whether there are others."""

    conversation: str
    messages: list[Message]
    has_more: HasMore
    first_seq: int
    """the first that the caller may see, 0 when there is none"""
    last_seq: int
    """the last one, 0 when there is none"""


class HasMore(TypedDict):
    """HasMore says whether there are messages before the first and after the last of a page."""

    before: bool
    after: bool


TypingParams = TypedDict("TypingParams", {
    "with": "str",
    # true when absent
    "on": "NotRequired[bool]",
})


class PresenceParams(TypedDict):
    usernames: list[str]


class PresenceResult(TypedDict):
    presence: list[Presence]


class Presence(TypedDict):
    """Presence says whether a user is there."""

    username: str
    state: PresenceState
    last_seen_at: NotRequired[str]
    """of who is offline, where it is known"""


class SetPresenceParams(TypedDict):
    state: PresenceState


class TypingEvent(TypedDict):
    conversation: str
    """its id"""
    username: str
    on: bool


class Privacy(TypedDict):
    """Privacy is what a user lets others do and see."""

    contact: Contact
    receipts: bool
    """others see how far the user has read"""
    presence: bool
    """others see when the user is there"""


class SetPrivacyParams(TypedDict):
    contact: NotRequired[Contact]
    receipts: NotRequired[bool]
    presence: NotRequired[bool]


class PrivacyResult(TypedDict):
    privacy: Privacy


class BlockParams(TypedDict):
    username: str


class BlockedParams(TypedDict):
    limit: NotRequired[int]
    """items of the page"""
    page: NotRequired[str]
    """Next of the page before"""


class BlockedResult(TypedDict):
    users: list[User]
    next: NotRequired[str]
    """absent on the last page"""


class Server(TypedDict):
    """Server names the program at the other end."""

    name: str
    version: str


class ServerInfoResult(TypedDict):
    server: Server
    protocols: list[str]
    """versions of the protocol that are spoken"""
    node: str
    limits: Limits
    directory: Directory
    """whom users lists"""
    authentication: Authentication


class Authentication(TypedDict):
    """Authentication tells the ways of logging in."""

    name: bool
    """by name alone, for accounts without a password"""
    password: bool
    token: bool
    registration: Registration


class PingResult(TypedDict):
    at: str
    cursor: NotRequired[str]
    """when logged in"""


class Session(TypedDict):
    """Session is one device's login. It lasts until it logs out, is revoked or has not been seen
    for long."""

    session: str
    """its id: "s:" and 22 characters of base64url"""
    device: NotRequired[str]
    created_at: str
    last_seen_at: str
    current: bool
    """the session of the connection that asks"""


class LoginParams(TypedDict):
    username: NotRequired[str]
    """needed unless there is a token"""
    password: NotRequired[str]
    token: NotRequired[str]
    device: NotRequired[str]
    """what sessions shows, up to 100 characters"""


class LoginResult(TypedDict):
    """LoginResult tells a client all that it needs to go on."""

    user: User
    session: str
    token: str
    """for the next login; keep it secret"""
    protocol: str
    """Version"""
    server: Server
    epoch: str
    cursor: str
    """the present end of the log"""
    limits: Limits


class SessionsResult(TypedDict):
    sessions: list[Session]


class RevokeParams(TypedDict):
    session: str


class SubscribeParams(TypedDict):
    cursor: NotRequired[str]


class SubscribeResult(TypedDict):
    cursor: str
    """Cursor is where the events begin: the given one, or the end of the log."""
    reset: bool


class UnsubscribeResult(TypedDict):
    cursor: str


class User(TypedDict):
    """User is an account as others see it."""

    username: str
    display_name: NotRequired[str]
    status: NotRequired[str]
    """what they say of themselves"""


class RegisterParams(TypedDict):
    username: str
    password: NotRequired[str]
    """8 to 1024 bytes"""
    display_name: NotRequired[str]
    """up to 100 characters"""
    invitation: NotRequired[str]


class SetPasswordParams(TypedDict):
    new: str
    """8 to 1024 bytes"""
    old: NotRequired[str]
    """needed when the account has a password"""


class SetProfileParams(TypedDict):
    display_name: NotRequired[str]
    """up to 100 characters"""
    status: NotRequired[str]
    """up to 200 characters"""


class UserResult(TypedDict):
    user: User


class UsersParams(TypedDict):
    prefix: NotRequired[str]
    """only names that begin so"""
    limit: NotRequired[int]
    """items of the page"""
    page: NotRequired[str]
    """Next of the page before"""


class UsersResult(TypedDict):
    users: list[User]
    next: NotRequired[str]
    """absent on the last page"""


COMMANDS = frozenset({"block", "create", "delete", "edit", "invite", "leave", "react", "read", "register", "remove", "rename", "revoke", "send", "set_password", "set_preferences", "set_privacy", "set_profile", "set_role", "set_state", "unblock", "unreact"})
