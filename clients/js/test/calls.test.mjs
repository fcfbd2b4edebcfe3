import assert from "node:assert/strict"
import test from "node:test"
import { ChatError } from "../dist/index.js"
import { Fake, gate, room, stopTime } from "./fake.mjs"

const say = (client, body, options) => client.send({ to: room, body }, options)
const bodies = (fake) => fake.log.map((m) => m.body)

test("a send whose answer was lost keeps its client id", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => {
    if (r.method !== "send" || conn.n > 1) return false
    fake.store({ sender: "ana", ...r.params })
    conn.ws.terminate()
    return true
  }
  const client = await fake.connect(t)
  assert.equal((await say(client, "once")).duplicate, true)
  const [first, second] = fake.requests.filter((r) => r.method === "send")
  assert.deepEqual(second.params, first.params)
  assert.deepEqual(bodies(fake), ["once"])
})

test("a client id of the caller's is kept, and params are taken as they were", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const params = { to: room, body: "as it was", client_id: "mine" }
  const sent = client.send(params)
  params.body = "changed"
  await sent
  assert.equal(fake.log[0].client_id, "mine")
  assert.equal(fake.log[0].body, "as it was")
})

for (const params of [
  { to: room, body: "hello", client_id: "" },
  { to: room, body: "hello", client_id: null },
  [room, "hello"],
  [room, "hello", ""],
  [room, "hello", null],
]) {
  test(`a send without a client id gets one, as ${JSON.stringify(params).slice(-30)}`, async (t) => {
    const fake = await Fake.start(t)
    fake.on = (conn, r) => {
      if (r.method !== "send" || conn.n > 1) return false
      conn.ws.terminate()
      return true
    }
    const client = await fake.connect(t)
    await client.call("send", params)
    const ids = fake.requests.filter((r) => r.method === "send").map((r) => (Array.isArray(r.params) ? r.params[2] : r.params.client_id))
    assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.deepEqual(ids, [ids[0], ids[0]])
  })
}

test("a client id by position is kept", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  await client.call("send", [room, "hello", "my own"])
  assert.deepEqual(fake.requests.at(-1).params, [room, "hello", "my own"])
})

test("sends keep their order over lost connections", async (t) => {
  const fake = await Fake.start(t)
  let seen = 0
  fake.on = (conn, r) => {
    if (r.method !== "send" || ++seen % 7 || conn.n > 9) return false
    conn.ws.terminate()
    return true
  }
  const client = await fake.connect(t)
  const wanted = Array.from({ length: 100 }, (_, i) => String(i))
  const sent = await Promise.all(wanted.map((body) => say(client, body)))
  assert.deepEqual(bodies(fake), wanted)
  assert.deepEqual(sent.map((s) => s.seq), wanted.map((_, i) => i + 1))
  assert.ok(fake.conns.length > 2)
})

test("calls wait for a connection", async (t) => {
  const fake = await Fake.start(t)
  const retry = gate()
  const client = await fake.connect(t, { onRetry: () => retry.open() })
  let down = true
  fake.onConnect = (conn) => down && (conn.ws.terminate(), true)
  fake.conns[0].ws.terminate()
  await retry.passed
  const sends = ["a", "b"].map((body) => say(client, body))
  down = false
  await Promise.all(sends)
  assert.deepEqual(bodies(fake), ["a", "b"])
})

for (const kind of ["rate_limited", "unavailable", "draining", "unknown_outcome"]) {
  test(`what is refused for now as ${kind} is repeated, in order`, async (t) => {
    const fake = await Fake.start(t)
    const refused = new Set()
    fake.on = (conn, r) => {
      if (r.method !== "send" || r.params.body === "b" || refused.has(r.params.body)) return false
      refused.add(r.params.body)
      conn.refuse(r, 0, kind, { retryable: true, retry_after_ms: 5 })
      return true
    }
    const client = await fake.connect(t, { inFlight: 1 })
    await Promise.all(["a", "b", "c"].map((body) => say(client, body)))
    assert.deepEqual(bodies(fake), ["a", "b", "c"])
  })
}

test("the time that the server asks for is waited", async (t) => {
  const fake = await Fake.start(t)
  const refuse = (conn, r) => r.method === "send" && (conn.refuse(r, 429, "rate_limited", { retryable: true, retry_after_ms: 60_000 }), true)
  fake.on = refuse
  const tick = stopTime(t)
  const client = await fake.connect(t, { pingInterval: 1e9, answerTimeout: 1e9 })
  const sent = say(client, "later")
  await fake.seen("send")
  await fake.conns[0].settled()
  fake.on = () => false
  tick(59_999)
  await fake.conns[0].settled()
  assert.equal(fake.asked("send").length, 1)
  tick(10)
  await sent
})

test("nothing passes a send that was refused for now", async (t) => {
  const fake = await Fake.start(t)
  const held = []
  fake.on = (_, r) => r.method === "send" && held.length < 2 && held.push(r) > 0
  const tick = stopTime(t)
  const client = await fake.connect(t, { pingInterval: 1e9, answerTimeout: 1e9 })
  const sends = ["a", "b"].map((body) => say(client, body))
  await fake.seen("send", 2)
  const [conn] = fake.conns
  for (const r of held) {
    conn.refuse(r, 429, "rate_limited", { retryable: true, retry_after_ms: 1 })
    await conn.settled()
    sends.push(say(client, "c" + sends.length))
    tick(r === held[0] ? 10_000 : 0)
    await conn.settled()
    assert.equal(fake.asked("send").length, 2, "while one is refused and another may be")
  }
  tick(10_000)
  await Promise.all(sends)
  assert.deepEqual(bodies(fake), ["a", "b", "c2", "c3"])
})

test("a definite refusal rejects, with all that the server says", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => r.method === "send" && (conn.refuse(r, 404, "not_found", { retryable: false, pointer: "/to", incident: "i" }), true)
  const client = await fake.connect(t)
  await assert.rejects(say(client, "x"), (error) => {
    assert.ok(error instanceof ChatError && error instanceof Error)
    const { kind, code, retryable, pointer, incident, retryAfterMs, message } = error
    assert.deepEqual([kind, code, retryable, pointer, incident, retryAfterMs, message], ["not_found", 404, false, "/to", "i", undefined, "because"])
    return true
  })
  assert.equal(fake.asked("send").length, 1)
})

test("a kind that is not known keeps its name, and is treated by its code and what it says", async (t) => {
  const fake = await Fake.start(t)
  const answers = [
    [503, "too_busy"],
    [404, "not_yours"],
    [503, "gone_fishing", { retryable: false }],
    [418, "teapot", { retryable: true }],
  ]
  fake.on = (conn, r) => r.method === "send" && answers.length > 0 && (conn.refuse(r, ...answers.shift()), true)
  const client = await fake.connect(t)
  await assert.rejects(say(client, "x"), { kind: "not_yours", basis: "not_found", code: 404, retryable: false })
  await assert.rejects(say(client, "y"), { kind: "gone_fishing", basis: "unavailable", code: 503, retryable: false })
  assert.equal(new ChatError("not_yours", "", { code: 404 }).basis, "not_found")
  await assert.rejects(say(client, "z"), { kind: "teapot", basis: "internal", code: 418, retryable: true })
  assert.equal(fake.asked("send").length, 4)
})

test("of a lost answer, a query is asked again, and a command is of unknown outcome", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => ["edit", "history"].includes(r.method) && conn.n < 3 && (conn.ws.terminate(), true)
  const client = await fake.connect(t)
  await assert.rejects(client.edit({ with: room, seq: 1, body: "x" }), { kind: "unknown_outcome", code: 504, retryable: true })
  await client.history({ with: room })
  assert.deepEqual(fake.asked("edit", "history"), ["edit", "history", "history"])
})

test("a signal frees its call, and says what was in the way", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (_, r) => r.method === "history"
  const client = await fake.connect(t)
  const abort = new AbortController()
  const flying = client.history({ with: room }, { signal: abort.signal })
  await fake.seen("history")
  abort.abort("enough")
  await assert.rejects(flying, { kind: "cancelled", cause: "enough" })
  await assert.rejects(client.history({ with: room }, { signal: abort.signal }), { kind: "cancelled" })
  assert.equal(fake.asked("history").length, 1, "what was cancelled before it was made is not written")

  fake.on = (conn, r) => r.method === "send" && (conn.refuse(r, 503, "unavailable", { retryable: true, retry_after_ms: 60_000 }), true)
  fake.conns[0].ws.terminate()
  const again = new AbortController()
  const sent = say(client, "x", { signal: again.signal })
  await fake.seen("send")
  await fake.conns.at(-1).settled()
  again.abort()
  await assert.rejects(sent, { kind: "cancelled", message: /because/ })
})

test("a place of a cancelled call is known until its answer came", async (t) => {
  const fake = await Fake.start(t)
  const held = []
  fake.on = (_, r) => r.method === "send" && held.length === 0 && held.push(r) > 0
  const client = await fake.connect(t, { inFlight: 1 })
  const abort = new AbortController()
  const first = say(client, "a", { signal: abort.signal })
  const second = say(client, "b")
  await fake.seen("send")
  abort.abort()
  await assert.rejects(first, { kind: "cancelled" })
  await fake.conns[0].settled()
  assert.equal(fake.asked("send").length, 1)
  held[0].conn.answer(held[0])
  await second
  assert.deepEqual(bodies(fake), ["a", "b"])
})

test("what the server could not answer by its id is not written", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const deep = (n) => (n === 0 ? {} : { in: deep(n - 1) })
  await assert.rejects(say(client, "\ud800"), { kind: "parse" })
  await assert.rejects(say(client, "é".repeat(200_000)), { kind: "too_large" })
  await assert.rejects(client.send({ to: room, body: "x", data: deep(62) }), { kind: "parse" })
  await assert.rejects(client.call("no\ud800", {}), { kind: "parse" })
  await assert.rejects(client.send({ to: room, body: 1n }), { kind: "parse", code: -32700 })
  await assert.rejects(client.call("login", {}), { kind: "invalid_request" })
  assert.deepEqual(fake.asked("send", "login"), ["login"])
  await client.send({ to: room, body: "\\ud800 \ud83d\ude00 {[{[", data: deep(61) })
  assert.equal(fake.log[0].body, "\\ud800 \ud83d\ude00 {[{[")
})

test("what is nested too deeply is not written before login either", async (t) => {
  const fake = await Fake.start(t)
  const guest = await fake.connect(t, { username: undefined })
  await assert.rejects(guest.call("server_info", Array(64).fill().reduce((inner) => [inner], [])), { kind: "parse" })
  assert.deepEqual(fake.asked(), [])
})

test("calls wait for their turn, however many there are, and may leave before it", async (t) => {
  const fake = await Fake.start(t)
  const retry = gate()
  const client = await fake.connect(t, { onRetry: retry.open })
  fake.conns[0].ws.terminate()
  await retry
  const abort = new AbortController()
  const sends = Array.from({ length: 2000 }, (_, i) => say(client, String(i)))
  const left = assert.rejects(say(client, "never mind", { signal: abort.signal }), { kind: "cancelled" })
  const last = say(client, "2000")
  abort.abort()
  await Promise.all([...sends, left, last])
  assert.deepEqual(bodies(fake), Array.from({ length: 2001 }, (_, i) => String(i)))
})

test("a half surrogate pair is refused in what a client logs in with, too", async (t) => {
  const fake = await Fake.start(t)
  for (const options of [{ username: "\ud800" }, { password: "\ud800" }, { token: "\ud800" }, { device: "\ud800" }, { cursor: "\ud800" }]) {
    await assert.rejects(fake.connect(t, options), { kind: "parse", code: -32700, retryable: false })
  }
  assert.deepEqual(fake.asked(), [])
})

test("close ends all that waits, in good form, and what is asked later", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (_, r) => r.method === "history"
  const client = await fake.connect(t)
  const events = client.events()
  const [next, asked] = [events.next(), assert.rejects(client.history({ with: room }), { kind: "closed" })]
  await fake.seen("subscribe")
  await client.close()
  assert.deepEqual(await next, { done: true, value: undefined })
  await asked
  await assert.rejects(client.ping(), { kind: "closed" })
  assert.deepEqual(await client.events().next(), { done: true, value: undefined })
  assert.equal((await fake.conns[0].closed)[0], 1000)
  assert.equal(client.connected, false)
})

test("methods are called by their names, and by position where the types do not know them", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  await client.setProfile({ status: "away" })
  await client.call("set_privacy", { receipts: false })
  await client.call("later_method", [1, "two"])
  await client.ping()
  const asked = fake.requests.slice(1).map((r) => JSON.parse(r.raw))
  assert.deepEqual(asked, [
    { jsonrpc: "2.0", id: 2, method: "set_profile", params: { status: "away" } },
    { jsonrpc: "2.0", id: 3, method: "set_privacy", params: { receipts: false } },
    { jsonrpc: "2.0", id: 4, method: "later_method", params: [1, "two"] },
    { jsonrpc: "2.0", id: 5, method: "ping" },
  ])
})

test("client ids are UUIDs of version 7", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  const before = Date.now()
  await Promise.all(Array.from({ length: 100 }, () => say(client, "x")))
  const ids = fake.log.map((m) => m.client_id)
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const at = parseInt(id.replaceAll("-", "").slice(0, 12), 16)
    assert.ok(at >= before && at <= Date.now(), `${id} is of ${at}`)
  }
  assert.equal(new Set(ids).size, 100)
})
