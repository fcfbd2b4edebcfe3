"""The typed calls are those of the protocol."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import pytest

import asappchat
from asappchat import ChatError, Client, CloseCode, types
from asappchat._uuid import uuid7

OWN = {"login", "logout", "subscribe", "unsubscribe"}


@pytest.mark.parametrize("name", sorted(set(types.METHODS) - OWN))
def test_every_method_has_a_function_with_its_params(name: str) -> None:
    spec = types.METHODS[name]  # type: ignore[index]
    function = getattr(Client, name.removeprefix("rpc."))
    assert inspect.iscoroutinefunction(function)
    assert function.__doc__
    params = list(inspect.signature(function).parameters.values())[1:]
    by_position = [p.name.rstrip("_") for p in params if p.kind is p.POSITIONAL_OR_KEYWORD]
    by_name = [p.name.rstrip("_") for p in params if p.kind is p.KEYWORD_ONLY]
    assert (by_position, by_name) == (list(spec.positional), list(spec.named))


def test_everything_public_is_documented() -> None:
    for name in asappchat.__all__:
        thing = getattr(asappchat, name)
        if inspect.isclass(thing):
            assert thing.__doc__, name
            for attribute, value in vars(thing).items():
                if callable(value) and not attribute.startswith("_"):
                    assert value.__doc__, f"{name}.{attribute}"


def test_close_codes_and_types_are_those_of_the_protocol() -> None:
    assert (CloseCode.REVOKED, CloseCode.LAGGING) == (4001, 4000)
    assert "body" in get_type_hints(types.Message)


def test_kinds_that_are_known_have_their_code() -> None:
    for kind, spec in types.ERROR_KINDS.items():
        error = ChatError(kind, "")
        assert (error.code, error.retryable) == (spec.code, spec.retryable)


def test_a_uuid_is_of_version_7_and_new() -> None:
    made = [uuid7() for _ in range(1000)]
    assert {(u.version, u.variant) for u in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 1000
    assert made[-1].int >> 80 >= made[0].int >> 80 > 0x019000000000
