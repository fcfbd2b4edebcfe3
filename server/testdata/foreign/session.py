"""The session that the Python clients of this folder perform.

Each brings its own connect(), which returns an object with receive(), which
returns the text of the next message, send(text) and close().
"""

import itertools
import json


class Refused(Exception):
    def __init__(self, error):
        self.error = error


class Peer:
    """One connection: calls, and the events that came before their answers."""

    def __init__(self, wire):
        self.wire = wire
        self.ids = itertools.count(1)
        self.events = []

    async def call(self, method, params=None):
        request = {"jsonrpc": "2.0", "id": next(self.ids), "method": method}
        if params is not None:
            request["params"] = params
        await self.wire.send(json.dumps(request))
        while True:
            message = json.loads(await self.wire.receive())
            if "method" in message:
                self.events.append(message)
            elif message["id"] != request["id"]:
                raise AssertionError(f"{message} answers {request}")
            elif "error" in message:
                raise Refused(message["error"])
            else:
                return message["result"]

    async def next(self):
        if self.events:
            return self.events.pop(0)["params"]
        return json.loads(await self.wire.receive())["params"]


async def session(connect, say=print):
    c = Peer(await connect())
    say("registered", (await c.call("register", ["ana"]))["user"]["username"])
    login = await c.call("login", {"username": "ana", "device": "foreign"})
    say("logged in as", login["user"]["username"])
    await c.call("subscribe")
    say("subscribed")
    await refused(c.call("send", {"to": "bo", "bdoy": "hi"}), say)
    await refused(c.call("nonsense", []), say)
    sent = await c.call("send", ["bo", "héllo 👋"])
    say("sent", sent["seq"])
    created = await c.next()
    say(f"{created['change']}:", ", ".join(created["members"]))
    await heard(c, say)
    answer = await heard(c, say)
    await heard(c, say)  # and dies before it has noted that it did
    await c.wire.close()

    c = Peer(await connect())
    again = await c.call("login", {"token": login["token"]})
    say("logged in as", again["user"]["username"])
    subscribed = await c.call("subscribe", [answer["cursor"]])
    say("reset" if subscribed["reset"] else "resumed")
    page = await c.call("history", {"with": "bo", "limit": 10})
    for m in page["messages"]:
        say("history", m["seq"], f"{m['sender']}:", m["body"])
    say("more:", *(json.dumps(page["has_more"][side]) for side in ("before", "after")))
    bye = await c.call("send", {"to": sent["conversation"], "body": "bye"})
    say("sent", bye["seq"])
    await heard(c, say)
    await heard(c, say)
    await c.wire.close()


async def heard(c, say):
    event = await c.next()
    m = event["message"]
    say("heard", m["seq"], f"{m['sender']}:", m["body"])
    return event


async def refused(call, say):
    try:
        say("not refused:", await call)
    except Refused as refusal:
        data = refusal.error["data"]
        say("refused", refusal.error["code"], data["kind"], *filter(None, [data.get("pointer")]))
