"""The websockets package."""

import asyncio
import sys

from websockets.asyncio.client import connect

from session import session


class Wire:
    def __init__(self, connection):
        self.receive, self.send, self.close = connection.recv, connection.send, connection.close


async def main():
    async def dial():
        return Wire(await connect(sys.argv[1]))

    await session(dial)


asyncio.run(main())
