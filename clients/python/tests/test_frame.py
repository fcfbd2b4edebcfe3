"""What may stand in a frame of the server."""

from __future__ import annotations

from typing import Any

import pytest

from asappchat import ChatError
from asappchat._frame import Answer, Notification, ViolationError, decode, encode
from fake import ROOM, Conn, Fake, Request

TAKEN = [
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"result":null}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":null}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":"x","result":{}}',
    '{"jsonrpc":"2.0","method":"x"}',
    '{"jsonrpc":"2.0","method":"x","params":[1],"more":2}',
    '{"jsonrpc":"2.0","method":"x","params":"\\ud83d\\ude00 é"}',
]
SKIPPED = [
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1.5,"result":1}',
    '{"jsonrpc":"2.0","id":-1,"result":1}',
    '{"jsonrpc":"2.0","id":true,"result":1}',
    '{"jsonrpc":"2.0","id":[],"result":1}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
    '{"jsonrpc":"2.0","id":7,"method":"x"}',
]
REFUSED = [
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"method":"x","result":1}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0"}',
    '{"id":1,"result":1}',
    '{"jsonrpc":"1.0","id":1,"result":1}',
    '{"jsonrpc":"2.0","id":1,"Result":1}',
    '{"jsonrpc":"2.0","id":1,"result":1,"result":2}',
    '{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":1}}',
    '{"jsonrpc":"2.0","id":1,"error":{}}',
    '{"jsonrpc":"2.0","id":1,"error":7}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}',
    '{"jsonrpc":"2.0","id":1,"result":NaN}',
    '{"jsonrpc":"2.0","id":1,"result":"\\ud800"}',
    '{"jsonrpc":"2.0","id":1,"result":"\\uDFFF\\uD800"}',
    '{"jsonrpc":"2.0","id":1,"result":' + "[" * 100_000,
    '{"jsonrpc":"2.0","method":5}',
    '[{"jsonrpc":"2.0","id":1,"result":1}]',
    "[]",
    "null",
    "1",
    '"x"',
    "{",
    "",
    "\ufeff{}",
]


@pytest.mark.parametrize("frame", TAKEN)
def test_taken(frame: str) -> None:
    assert isinstance(decode(frame), Answer | Notification)


@pytest.mark.parametrize("frame", SKIPPED)
def test_skipped(frame: str) -> None:
    assert decode(frame) is None


@pytest.mark.parametrize("frame", [*REFUSED, TAKEN[0].encode()])
def test_refused(frame: str | bytes) -> None:
    with pytest.raises(ViolationError):
        decode(frame)


async def test_an_answer_without_an_id_answers_no_call(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        for id_ in ('"id":null,', "", '"id":0,', '"id":"1",', '"id":99,'):
            conn.write('{"jsonrpc":"2.0",' + id_ + '"error":{"code":-32700,"message":"x"}}')
        return False

    fake.on = on
    async with fake.client() as client:
        assert (await client.send(ROOM, "hello"))["seq"] == 1
    assert fake.dials == 1


BROKEN = [
    '{"jsonrpc":"2.0","id":ID,"result":{"seq":99},"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":ID,"result":{"seq":99}',
    '[{"jsonrpc":"2.0","id":ID,"result":{"seq":99}}]',
    '{"jsonrpc":"2.0","method":"message","params":{"message":{"seq":"x"}}}',
    '{"jsonrpc":"2.0","method":"message","params":{"message":{"seq":1}}}',
    '{"jsonrpc":"2.0","method":"message","params":[1]}',
    '{"jsonrpc":"2.0","method":"read","params":{"cursor":"1"}}',
    '{"jsonrpc":"2.0","method":"conversation","params":{"cursor":"1","change":1}}',
    '{"jsonrpc":"2.0","method":"draining","params":{}}',
]


@pytest.mark.parametrize("frame", BROKEN)
async def test_what_breaks_the_protocol_ends_the_connection(fake: Fake, frame: str) -> None:
    """And it counts as no answer."""

    def on(conn: Conn, request: Request) -> bool:
        if conn.n > 1 or request["method"] != "send":
            return False
        conn.write(frame.replace("ID", str(request["id"])))
        return True

    fake.on = on
    why: list[ChatError] = []
    async with fake.client(on_retry=lambda error, _: why.append(error)) as client:
        assert (await client.send(ROOM, "hello"))["seq"] == 1
    assert [error.kind for error in why] == ["protocol"]
    assert (fake.dials, fake.open[0].ws.protocol.close_code) == (2, 1002)


ERRORS: list[tuple[str, dict[str, Any]]] = [
    (
        '{"code":404,"message":"x","data":{"kind":"not_found"}}',
        {"kind": "not_found", "code": 404, "message": "x", "retryable": False},
    ),
    ('{"code":404,"message":"x"}', {"kind": "not_found", "code": 404}),
    ('{"code":-32601,"message":"x","data":"other"}', {"kind": "method_not_found"}),
    ('{"code":12345,"message":7}', {"kind": "internal", "code": 12345, "message": ""}),
    (
        '{"code":507,"message":"x","data":{"kind":"new","retry_after_ms":1500,"more":[]}}',
        {"kind": "new", "basis": "storage_full", "retry_after_ms": 1500, "retryable": True},
    ),
    (
        '{"code":404,"message":"x","data":{"kind":"new","retry_after_ms":9007199254740991}}',
        {"kind": "new", "retry_after_ms": 86_400_000, "retryable": False},
    ),
    (
        '{"code":409,"message":"x","data":{"kind":"closed"}}',
        {"kind": "closed", "basis": "conflict", "code": 409, "retryable": False},
    ),
    (
        '{"code":1,"message":"x","data":{"kind":"conflict","retry_after_ms":-5,"pointer":""}}',
        {"kind": "conflict", "retry_after_ms": None, "pointer": None},
    ),
]


@pytest.mark.parametrize(("error", "want"), ERRORS)
async def test_errors_of_answers(fake: Fake, error: str, want: dict[str, Any]) -> None:
    def on(conn: Conn, request: Request) -> bool:
        asked: bool = request["method"] == "send"
        if asked:
            conn.write(f'{{"jsonrpc":"2.0","id":{request["id"]},"error":{error}}}')
        return asked

    fake.on = on
    async with fake.client() as client:
        with pytest.raises(ChatError) as caught:
            await client.send(ROOM, "hello")
    assert {name: getattr(caught.value, name) for name in want} == want


async def test_a_kind_that_is_not_known_is_decided_by_its_code(fake: Fake) -> None:
    def on(conn: Conn, request: Request) -> bool:
        refused: bool = request["method"] == "send" and len(fake.requests) < 5
        if refused:
            conn.refuse(request, 429, "too_eager")
        return refused

    fake.on = on
    async with fake.client() as client:
        assert (await client.send(ROOM, "hello"))["seq"] == 1


def test_params_may_be_any_mapping_and_sequence() -> None:
    from types import MappingProxyType

    assert encode(MappingProxyType({"a": (1, range(2)), "b": "é<"})) == '{"a":[1,[0,1]],"b":"é<"}'
