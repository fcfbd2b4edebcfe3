import assert from "node:assert/strict"
import test from "node:test"
import { connect } from "../dist/index.js"
import { hear } from "./chatd.mjs"
import { Fake, room, stopTime } from "./fake.mjs"
import WebSocket from "ws"

const heard = async (events, n) => (await hear(events, n)).map((m) => m.body)

test("events begin where the client logged in, and go on in a later loop", async (t) => {
  const fake = await Fake.start(t)
  fake.post("before")
  const client = await fake.connect(t)
  for (const body of ["a", "b", "c"]) fake.post(body)
  for await (const event of client.events()) {
    assert.equal(event.type, "message")
    assert.equal(event.message.body, "a")
    assert.equal(client.cursor, event.cursor)
    break
  }
  assert.deepEqual(await heard(client.events(), 2), ["b", "c"])
})

test("events begin at the cursor", async (t) => {
  const fake = await Fake.start(t)
  for (const body of ["a", "b", "c"]) fake.post(body)
  const client = await fake.connect(t, { cursor: "1" })
  assert.deepEqual(await heard(client.events(), 2), ["b", "c"])
})

test("a reset is told, and the events go on from its cursor", async (t) => {
  const fake = await Fake.start(t)
  fake.post("old")
  const client = await fake.connect(t, { cursor: "99" })
  const events = client.events()
  assert.deepEqual(await events.next(), { done: false, value: { type: "reset", cursor: "1" } })
  fake.post("new")
  assert.deepEqual(await heard(events, 1), ["new"])
})

test("after lagging, events resume from the last one that came, wherever the server thinks that it stands", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const events = client.events()
  await fake.seen("subscribe")
  fake.post("a")
  assert.deepEqual(await heard(events, 1), ["a"])
  fake.conns[0].subscribed = false
  fake.post("b")
  fake.conns[0].notify("lagging", { cursor: "2" })
  assert.deepEqual((await fake.seen("subscribe", 2)).params, { cursor: "1" })
  assert.deepEqual(await heard(events, 1), ["b"])
})

test("after a stall (4000), events resume from the last one that came", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const events = client.events()
  await fake.seen("subscribe")
  fake.post("a")
  await fake.conns[0].settled()
  fake.conns[0].subscribed = false
  fake.post("b")
  fake.conns[0].ws.close(4000, "stalled")
  assert.deepEqual(await heard(events, 2), ["a", "b"])
  assert.deepEqual((await fake.seen("subscribe", 2)).params, { cursor: "1" })
})

test("what comes twice is told once, and as an update when it has changed", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const events = client.events()
  await fake.seen("subscribe")
  const [conn] = fake.conns
  const message = { conversation: room, seq: 1, rev: 1, sender: "bo", body: "a" }
  conn.notify("message", { message, cursor: "1" })
  conn.notify("message", { message, cursor: "1" })
  conn.notify("message", { message, cursor: "x" })
  conn.notify("message", { message: { ...message, rev: 2, body: "b" }, cursor: "2" })
  for (let i = 0; i < 2; i++) conn.notify("read", { conversation: room, username: "bo", seq: 1, cursor: "3" })
  conn.notify("message", { message: { ...message, seq: 2 }, cursor: "4" })
  const told = []
  for (let i = 0; i < 4; i++) told.push((await events.next()).value)
  assert.deepEqual(told.map((e) => [e.type, e.cursor]), [["message", "1"], ["message_updated", "2"], ["read", "3"], ["message", "4"]])
})

test("unknown events and members are ignored, ephemeral ones told aside", async (t) => {
  const fake = await Fake.start(t)
  const passing = []
  const client = await fake.connect(t, { onEphemeral: (event) => passing.push(event) })
  const events = client.events()
  await fake.seen("subscribe")
  fake.conns[0].notify("from_the_future", { cursor: "99" })
  fake.conns[0].notify("typing", { conversation: room, username: "bo", on: true })
  fake.store({ sender: "bo", body: "a", mood: "good" })
  const { value } = await events.next()
  assert.equal(value.message.mood, "good")
  assert.deepEqual(passing, [{ type: "typing", conversation: room, username: "bo", on: true }])
})

test("whose presence is watched is asked again on each connection, and told", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => {
    if (r.method !== "presence") return false
    const usernames = r.params.usernames ?? r.params[0]
    conn.reply(r, { presence: usernames.map((username) => ({ username, state: conn.n === 1 ? "online" : "away" })) })
    return true
  }
  const told = []
  const client = await fake.connect(t, { onEphemeral: (event) => told.push(event) })
  void client.events()
  await client.presence({ usernames: ["cy"] })
  await client.call("presence", [["bo", "dee"]])
  fake.conns[0].ws.terminate()
  await fake.seen("presence", 3)
  await fake.conns[1].settled()
  assert.deepEqual(told, ["bo", "dee"].map((username) => ({ type: "presence", username, state: "away" })))
  assert.deepEqual(fake.asked().slice(-3), ["login", "subscribe", "presence"])
  await client.presence({ usernames: [] })
  fake.conns[1].ws.terminate()
  await fake.seen("subscribe", 3)
  await client.ping()
  assert.equal(fake.asked("presence").length, 4)
})

// The buffer is bounded: the client lets go of its subscription. The application that
// does not read still gets answers to its calls, and all events when it reads again.
test("a slow application is bounded, and misses nothing", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t, { buffer: 4000 })
  const events = client.events()
  await fake.seen("subscribe")
  const wanted = Array.from({ length: 200 }, (_, i) => `${i} `.padEnd(100, "x"))
  wanted.forEach((body) => fake.post(body))
  await fake.seen("unsubscribe")
  await client.ping()
  await fake.conns[0].settled()
  assert.equal(fake.asked("subscribe").length, 1, "it does not resume while the buffer is full")
  const waiting = client.cursor
  assert.equal(waiting, "0")
  assert.deepEqual(await heard(events, 200), wanted)
  const times = fake.asked("subscribe").length
  assert.ok(times > 5 && times < 40, `it subscribed ${times} times`)
})

test("a ping keeps the cursor fresh, and does not pass what is buffered", async (t) => {
  const fake = await Fake.start(t)
  const tick = stopTime(t)
  const client = await fake.connect(t)
  const events = client.events()
  await fake.seen("subscribe")
  await fake.conns[0].settled()
  fake.store({}) // something that the user is not told
  tick(30_000)
  await fake.seen("ping")
  await fake.conns[0].settled()
  assert.equal(client.cursor, "1")
  fake.post("a")
  fake.store({})
  await fake.conns[0].settled()
  tick(30_000)
  await fake.seen("ping", 2)
  await fake.conns[0].settled()
  assert.equal(client.cursor, "1")
  assert.deepEqual(await heard(events, 1), ["a"])
  assert.equal(client.cursor, "3")
})

test("events need a login", async (t) => {
  const fake = await Fake.start(t)
  const guest = await connect(fake.url, { WebSocket })
  t.after(() => guest.close())
  assert.throws(() => guest.events(), { kind: "unauthenticated", code: 401 })
})

test("a signal ends its loop, and takes no event with it", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const abort = new AbortController()
  const events = client.events({ signal: abort.signal })
  const next = events.next()
  await fake.seen("subscribe")
  abort.abort("enough")
  await assert.rejects(next, { name: "AbortError", kind: "cancelled", cause: "enough" })
  assert.deepEqual(await events.next(), { done: true, value: undefined })
  await assert.rejects(async () => {
    for await (const _ of client.events({ signal: abort.signal })) assert.fail("an event")
  }, { name: "AbortError" })
  const other = client.events()
  const left = other.next()
  await other.return()
  assert.deepEqual(await left, { done: true, value: undefined })
  fake.post("a")
  assert.deepEqual(await heard(client.events(), 1), ["a"])
})

test("events that came before the end come before it", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const events = client.events()
  await fake.seen("subscribe")
  fake.post("a")
  fake.conns[0].ws.close(4001, "revoked")
  await assert.rejects(client.ping(), { kind: "close", code: 4001 })
  assert.deepEqual(await heard(events, 1), ["a"])
  await assert.rejects(events.next(), { kind: "close", code: 4001, retryable: false })
  assert.deepEqual(await events.next(), { done: true, value: undefined })
})

for (const [what, params] of Object.entries({
  "no cursor": { message: { conversation: room, seq: 1, rev: 1 } },
  "a seq beyond 2^53": { message: { conversation: room, seq: 2 ** 53, rev: 1 }, cursor: "1" },
  "no message": { cursor: "1" },
})) {
  test(`an event with ${what} ends the connection, and is not told`, async (t) => {
    const fake = await Fake.start(t)
    const errors = []
    const client = await fake.connect(t, { onRetry: (error) => errors.push(error.kind) })
    const events = client.events()
    await fake.seen("subscribe")
    fake.conns[0].notify("message", params)
    await fake.seen("subscribe", 2)
    assert.deepEqual(errors, ["protocol"])
    fake.post("a")
    assert.deepEqual(await heard(events, 1), ["a"])
  })
}
