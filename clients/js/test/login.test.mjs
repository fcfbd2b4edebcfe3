import assert from "node:assert/strict"
import test from "node:test"
import WebSocket from "ws"
import { connect } from "../dist/index.js"
import { Fake, gate, room, stopTime } from "./fake.mjs"

const logins = (fake) => fake.requests.filter((r) => r.method === "login").map((r) => r.params)

/** Loses the last connection, and waits for the next login. */
async function lose(fake) {
  const n = logins(fake).length
  fake.conns.at(-1).ws.terminate()
  await (await fake.seen("login", n + 1)).conn.settled()
}

test("the newest token is kept, and told before it is used", async (t) => {
  const fake = await Fake.start(t)
  const told = []
  const client = await fake.connect(t, { device: "test", onToken: (token) => void told.push(token) })
  await lose(fake)
  await lose(fake)
  assert.deepEqual(told, ["t1", "t2", "t3"])
  assert.deepEqual(logins(fake), [{ username: "ana", password: "correct horse", device: "test" }, { token: "t1", device: "test" }, { token: "t2", device: "test" }])
  assert.equal(client.login.user.username, "ana")
})

test("a token that could not be stored is not used", async (t) => {
  const fake = await Fake.start(t)
  await fake.connect(t, { onToken: (token) => (token === "t2" ? Promise.reject(new Error("disk full")) : undefined) })
  await lose(fake)
  await lose(fake)
  assert.deepEqual(logins(fake).slice(1), [{ token: "t1" }, { token: "t1" }])
})

test("exchange keeps the token of programs that share a session", async (t) => {
  const fake = await Fake.start(t)
  let kept = "t0"
  const exchange = async (login) => void (kept = await login(kept))
  const more = { username: undefined, password: undefined, exchange }
  await fake.connect(t, more)
  await fake.connect(t, more)
  await lose(fake)
  assert.deepEqual(logins(fake), [{ token: "t0" }, { token: "t1" }, { token: "t2" }])
  assert.equal(kept, "t3")
})

test("a failure of exchange fails the login, and is tried again later", async (t) => {
  const fake = await Fake.start(t)
  let fail = true
  const exchange = async (login) => {
    if (fail) throw new Error("no lock")
    await login("t0")
  }
  await assert.rejects(fake.connect(t, { exchange }), { kind: "other", message: /no lock/ })
  fail = false
  const retry = gate()
  await fake.connect(t, { exchange, onRetry: (error) => error.kind === "other" && retry.open((fail = false)) })
  fail = true
  fake.conns.at(-1).ws.terminate()
  await retry.passed
  await fake.seen("login", 2)
})

test("the name serves when the token does not", async (t) => {
  const fake = await Fake.start(t)
  await fake.connect(t, { token: "stale" })
  assert.deepEqual(logins(fake), [{ token: "stale" }, { username: "ana", password: "correct horse" }])
})

test("what is wrong from the start is told", async (t) => {
  const fake = await Fake.start(t)
  await assert.rejects(fake.connect(t, { password: "wrong" }), { kind: "unauthenticated", code: 401 })
  await assert.rejects(connect("ws://127.0.0.1:1", { WebSocket, username: "ana" }), { kind: "unreachable", retryable: true })
  await assert.rejects(connect("no url", { WebSocket, username: "ana" }), { kind: "unreachable" })
  fake.on = (conn, r) => (conn.reply(r, { user: { username: "ana" }, token: "t", cursor: "", protocol: "2" }), true)
  await assert.rejects(fake.connect(t), { kind: "version" })
  fake.on = (conn, r) => (conn.reply(r, {}), true)
  await assert.rejects(fake.connect(t), { kind: "protocol" })
  const before = globalThis.WebSocket
  t.after(() => (globalThis.WebSocket = before))
  delete globalThis.WebSocket
  await assert.rejects(connect(fake.url, { username: "ana" }), { name: "ChatError", message: /no WebSocket here/ })
})

test("a server that does not answer is given up, and a signal ends an attempt", async (t) => {
  const fake = await Fake.start(t)
  fake.on = () => true
  const tick = stopTime(t)
  const unanswered = assert.rejects(fake.connect(t), { kind: "silent" })
  await fake.seen("login")
  tick(30_000)
  await unanswered
  const abort = new AbortController()
  const cancelled = assert.rejects(fake.connect(t, { signal: abort.signal }), { kind: "cancelled", cause: "enough" })
  await fake.seen("login", 2)
  abort.abort("enough")
  await cancelled
  await Promise.all(fake.conns.map((conn) => conn.closed))
})

test("a refused login ends a client that had been logged in", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  fake.on = (conn, r) => r.method === "login" && (conn.refuse(r, 401, "unauthenticated", { retryable: false }), true)
  fake.conns[0].ws.terminate()
  await assert.rejects(client.send({ to: room, body: "a" }), { kind: "unauthenticated" })
  assert.equal(logins(fake).length, 3, "the token, and then the name")
})

test("a login that is refused for now is tried again", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  fake.on = (conn, r) => r.method === "login" && logins(fake).length < 4 && (conn.refuse(r, 503, "draining", { retryable: true, retry_after_ms: 1 }), true)
  fake.conns[0].ws.terminate()
  await client.send({ to: room, body: "a" })
})

test("logout ends the session and the client, also when it had ended before", async (t) => {
  const fake = await Fake.start(t)
  const client = await fake.connect(t)
  await client.logout()
  assert.equal(fake.asked().at(-1), "logout")
  await assert.rejects(client.ping(), { kind: "closed" })
  const other = await fake.connect(t)
  fake.on = (conn, r) => r.method === "logout" && (conn.refuse(r, 401, "unauthenticated"), true)
  await other.logout()
})

test("an option that does not exist is refused", async (t) => {
  const fake = await Fake.start(t)
  await assert.rejects(fake.connect(t, { user: "ana" }), { name: "TypeError", message: 'there is no option "user"' })
  assert.equal(fake.conns.length, 0)
})
