"""The programs of the README do what it says."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from asappchat import MessageEvent
from chatd import Chatd

HERE = Path(__file__).resolve().parents[1]
PROGRAMS = dict(
    re.findall(r"```python\n# (\w+\.py)\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)
)


async def start(folder: Path, name: str, *arguments: str) -> Process:
    (folder / name).write_text(PROGRAMS[name])
    env = {**os.environ, "PYTHONPATH": str(HERE / "src")}
    return await asyncio.create_subprocess_exec(
        sys.executable, str(folder / name), *arguments, stdout=asyncio.subprocess.PIPE, env=env
    )


async def output(folder: Path, name: str, *arguments: str) -> str:
    process = await start(folder, name, *arguments)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def comes(chatd: Chatd, folder: Path, name: str, *arguments: str) -> Process:
    """Start a program, and wait until its user is there; ana has said hello before."""
    user = "echo" if name == "echo.py" else "bo"
    there = asyncio.Event()
    async with chatd.client("ana", on_ephemeral=lambda _: there.set()) as ana:
        await ana.send(user, "hello")
        following = asyncio.ensure_future(anext(ana.events()))
        await following
        await ana.presence([user])
        process = await start(folder, name, *arguments)
        await there.wait()
    return process


async def test_send_home_and_resume(chatd: Chatd, tmp_path: Path) -> None:
    await chatd.register("ana", "bo")
    file = str(tmp_path / "kept")
    first = await comes(chatd, tmp_path, "resume.py", chatd.url, file)
    want = "[2, 3, 4]\nnot_found 404 /to False\n"
    assert await output(tmp_path, "send.py", chatd.url) == want
    out, _ = await first.communicate()
    assert out == b"number 0\n"
    assert await output(tmp_path, "resume.py", chatd.url, file) == "number 1\n"
    assert await output(tmp_path, "resume.py", chatd.url, file) == "number 2\n"
    want = "ana 4 unread\n['hello', 'number 0', 'number 1', 'number 2']\n"
    assert await output(tmp_path, "home.py", chatd.url) == want
    async with chatd.client("ana") as ana:
        sent = await ana.send("bo", "oops")
        await ana.delete("bo", sent["seq"])
    assert await output(tmp_path, "resume.py", chatd.url, file) == "(deleted)\n"


async def test_echo(chatd: Chatd, tmp_path: Path) -> None:
    await chatd.register("ana", "echo")
    process = await comes(chatd, tmp_path, "echo.py", chatd.url)
    bodies = []
    async with chatd.client("ana") as ana:
        await ana.send("echo", "are you there?")
        async for event in ana.events():
            if isinstance(event, MessageEvent):
                bodies.append((event.message["sender"], event.message["body"]))
            if len(bodies) == 2:
                break
    assert bodies == [("ana", "are you there?"), ("echo", "are you there?")]
    process.terminate()
    await process.communicate()


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_is_run(name: str) -> None:
    assert f'"{name}"' in Path(__file__).read_text()
