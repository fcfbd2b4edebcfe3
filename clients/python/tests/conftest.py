"""How tests that are coroutine functions are run, and the servers that they are run against."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd import Chatd, build
from fake import Fake
from virtual import VirtualLoop

REAL_LIMIT = 120.0
"""Seconds that a test against a real server may take."""


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("build"))


@pytest.fixture
def chatd(binary: Path, tmp_path: Path) -> Iterator[Chatd]:
    with Chatd(binary, tmp_path / "data") as server:
        yield server


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path / "fake")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    if "chatd" in names:
        _run(asyncio.wait_for(pyfuncitem.obj(**arguments), REAL_LIMIT), asyncio.new_event_loop())
    else:
        _run(_with_fake(pyfuncitem.obj, arguments), VirtualLoop())
    return True


async def _with_fake(test: Any, arguments: dict[str, Any]) -> None:
    fake = arguments.get("fake")
    if fake is None:
        await test(**arguments)
    else:
        async with fake:
            await test(**arguments)


def _run(main: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> None:
    """Run a test, which must leave no task behind and no exception that nobody has seen."""
    failures: list[dict[str, Any]] = getattr(loop, "failures", [])
    if not isinstance(loop, VirtualLoop):
        loop.set_exception_handler(lambda _, context: failures.append(context))
    try:
        loop.run_until_complete(main)
        left = asyncio.all_tasks(loop)
        gc.collect()
        assert not left, f"tasks are left: {left}"
        assert not failures, f"nobody has seen: {failures}"
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
