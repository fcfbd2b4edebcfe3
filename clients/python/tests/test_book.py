"""What a mirror does with answers and events that seldom come, without a server."""

from __future__ import annotations

from typing import Any

from asappchat import ConversationEvent, ResetEvent
from asappchat._apply import Book
from asappchat._home import _arrange, _Listing
from asappchat._recent import Recent
from asappchat.types import Conversation, Message


def message(id_: str, seq: int, **more: Any) -> Message:
    told: Any = {"conversation": id_, "seq": seq, "rev": 1, "sender": "bo", "body": "x", "at": ""}
    told.update(more)
    return told  # type: ignore[no-any-return]


def conversation(id_: str, seq: int, **more: Any) -> Conversation:
    told: Any = {
        "id": id_,
        "last_seq": seq,
        "last_message": message(id_, seq),
        "read_seq": 0,
        "unread": seq,
        "mentions": 0,
        "joined_at": "then",
        "members": ["ana", "bo"],
        "member_count": 2,
    }
    told.update(more)
    return told  # type: ignore[no-any-return]


def test_a_deletion_that_comes_again_changes_nothing() -> None:
    entry = Book("ana", 0).put(conversation("c:1", 3))
    for _ in range(2):
        assert entry.update(message("c:1", 3, rev=2, deleted=True), "ana")
    assert entry.conversation["unread"] == 2


def test_who_leaves_a_large_group_may_make_room_for_one_who_is_not_known() -> None:
    names = [f"user{i}" for i in range(10)]
    entry = Book("ana", 0).put(conversation("c:1", 3, members=names, member_count=12))
    left = ConversationEvent("c:1", "left", "group", "k", username="user3", member_count=11)
    assert not entry.change(left, "ana"), "it is asked for anew"
    left = ConversationEvent("c:1", "left", "group", "k", username="zoe", member_count=9)
    assert entry.change(left, "ana")


def test_what_stands_before_the_active_in_a_list_is_newer() -> None:
    book = Book("ana", 0)
    for id_, seq in (("c:x", 5), ("c:y", 3), ("c:z", 1)):
        book.put(conversation(id_, seq))
    listing = _Listing(whole=False)
    page: Any = {
        "conversations": [conversation("c:x", 5), conversation("c:y", 4)],
        "cursor": "k",
        "left": [],
        "reset": False,
    }
    listing.add(page)
    _arrange(book, listing)
    assert [e.conversation["id"] for e in book.sorted()] == ["c:x", "c:y", "c:z"]


def test_messages_from_before_a_new_joining_are_forgotten() -> None:
    book = Book("ana", 5)
    entry = book.put(conversation("c:1", 3))
    entry.recent = Recent([message("c:1", 3)])
    assert book.put(conversation("c:1", 3)).recent is not None
    assert book.put(conversation("c:1", 3, joined_at="later")).recent is None


def test_after_a_reset_the_whole_list_is_read() -> None:
    book = Book("ana", 0)
    book.filled, book.cursor = True, "k"
    assert book.apply(ResetEvent("l")) is None
    assert (book.filled, book.cursor) == (False, "")
