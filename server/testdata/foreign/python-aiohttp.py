"""The websocket client of aiohttp."""

import asyncio
import sys

import aiohttp

from session import session


class Wire:
    def __init__(self, socket):
        self.receive, self.send, self.close = socket.receive_str, socket.send_str, socket.close


async def main():
    async with aiohttp.ClientSession() as http:
        async def dial():
            return Wire(await http.ws_connect(sys.argv[1]))

        await session(dial)


asyncio.run(main())
