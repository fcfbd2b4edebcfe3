import assert from "node:assert/strict"
import test from "node:test"
import { hear } from "./chatd.mjs"
import { Fake, gate, room, stopTime } from "./fake.mjs"

const say = (client, body) => client.send({ to: room, body })

// The first connections are closed with a code when a message was stored on them and
// before it is answered.
for (const code of [1000, 1001, 1011, 1012, 1013, 4000, 4002]) {
  test(`after close code ${code} the client comes back, and nothing is lost or doubled`, async (t) => {
    const fake = await Fake.start(t)
    fake.on = (conn, r) => {
      if (r.method !== "send" || conn.n > 2) return false
      if (!fake.log.some((m) => m.client_id === r.params.client_id)) fake.store({ sender: "ana", ...r.params })
      conn.ws.close(code, "because")
      return true
    }
    const errors = []
    const client = await fake.connect(t, { onRetry: (error) => errors.push([error.kind, error.code]) })
    const events = client.events()
    assert.equal((await say(client, "a")).seq, 1)
    assert.equal((await say(client, "b")).seq, 2)
    assert.deepEqual((await hear(events, 2)).map((m) => m.body), ["a", "b"])
    assert.deepEqual(errors, [["close", code], ["close", code]])
    const credentials = fake.requests.filter((r) => r.method === "login").map((r) => ("token" in r.params ? "token" : "password"))
    assert.deepEqual(credentials, code === 4002 ? ["password", "password", "password"] : ["password", "token", "token"])
  })
}

for (const code of [4001, 4008]) {
  test(`after close code ${code} the client does not come back`, async (t) => {
    const fake = await Fake.start(t)
    fake.on = (conn, r) => r.method === "send" && (conn.ws.close(code, "because"), true)
    const client = await fake.connect(t)
    await assert.rejects(say(client, "a"), { kind: "close", code, retryable: false, message: /because/ })
    await assert.rejects(client.events().next(), { kind: "close", code })
    await assert.rejects(client.ping(), { kind: "close", code })
    assert.equal(fake.conns.length, 1)
  })
}

for (const code of [1003, 1007, 1009]) {
  test(`what a connection was closed for with ${code} is not repeated`, async (t) => {
    const fake = await Fake.start(t)
    fake.on = (conn, r) => r.method === "send" && r.params.body === "bad" && (conn.ws.close(code), true)
    const client = await fake.connect(t)
    await assert.rejects(say(client, "bad"), { kind: "close", code })
    assert.equal((await say(client, "good")).seq, 1)
  })
}

test("an expired token without a name is the end", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => r.method === "send" && (conn.ws.close(4002), true)
  const client = await fake.connect(t, { username: undefined, password: undefined, token: "t0" })
  await assert.rejects(say(client, "a"), { kind: "close", code: 4002 })
})

test("a refused handshake is tried again when the server says, where that can be seen", async (t) => {
  const fake = await Fake.start(t)
  fake.full = { 2: "0", 3: "", 4: "tomorrow", 5: "-1", 6: "7", 7: "99999999999" }
  const told = []
  const enough = gate()
  const client = await fake.connect(t, {
    onRetry: ({ kind, message, retryAfterMs }, ms) => {
      told.push([kind, retryAfterMs, Math.floor(ms / 1000)])
      assert.match(message, told.length > 1 ? /503/ : /closed/)
      if (retryAfterMs) enough.open()
    },
  })
  fake.conns[0].ws.close(1012)
  await enough.passed
  const kinds = told.slice(1).map(([kind]) => kind)
  assert.deepEqual(kinds, Array(5).fill("unreachable"))
  assert.deepEqual(told.slice(1).map(([, after]) => after), [0, undefined, undefined, undefined, 7000])
  assert.deepEqual(told.at(-1).slice(1), [7000, 7])
  await client.close()
  await assert.rejects(fake.connect(t), { kind: "unreachable", retryAfterMs: 24 * 60 * 60 * 1000 })
})

test("an announced restart is waited for", async (t) => {
  const fake = await Fake.start(t)
  const tick = stopTime(t)
  const retry = gate()
  const client = await fake.connect(t, { onRetry: (error, ms) => retry.open([error.code, ms]), pingInterval: 1e9 })
  fake.conns[0].notify("draining", { delay_ms: 7000 })
  fake.conns[0].ws.close(1012)
  assert.deepEqual(await retry.passed, [1012, 7000])
  const sent = say(client, "a")
  tick(6999)
  assert.equal(fake.conns.length, 1)
  tick(1)
  await sent
  assert.equal(fake.conns.length, 2)
})

test("jitter is full, doubles up to its cap, and is forgotten after a connection of use", async (t) => {
  const fake = await Fake.start(t)
  const tick = stopTime(t)
  t.mock.method(Math, "random", () => 0.5)
  let retry = gate()
  const client = await fake.connect(t, { backoff: { base: 100, cap: 1000 }, onRetry: (_, ms) => retry.open(ms) })
  const delays = []
  const wait = async (n) => {
    for (; n > 0; n--) {
      delays.push(await retry.passed)
      retry = gate()
      tick(delays.at(-1))
    }
  }
  fake.onConnect = (conn) => conn.n <= 7 && (conn.ws.terminate(), true)
  fake.conns[0].ws.terminate()
  await wait(7)
  await say(client, "of use")
  fake.conns[7].ws.close(1013)
  await wait(1)
  await (await fake.seen("login", 3)).conn.settled()
  fake.conns[8].ws.terminate()
  await wait(1) // a login alone is of no use
  assert.deepEqual(delays, [50, 100, 200, 400, 500, 500, 500, 500, 100])
})

test("an idle client comes back when it has something to say", async (t) => {
  const fake = await Fake.start(t)
  let retries = 0
  const client = await fake.connect(t, { onRetry: () => retries++ })
  fake.conns[0].ws.close(4003)
  await fake.conns[0].closed
  assert.equal(client.connected, false)
  assert.equal(retries, 0)
  await say(client, "a")
  assert.deepEqual([fake.conns.length, retries], [2, 1])
})

// Browsers do not show the pings of the server, so the client asks by itself.
test("a connection that is silent is asked, and given up when it does not answer", async (t) => {
  const fake = await Fake.start(t)
  const tick = stopTime(t)
  const retry = gate()
  const client = await fake.connect(t, { answerTimeout: 5000, pingInterval: 20_000, onRetry: (error) => retry.open(error.kind) })
  const events = client.events()
  await fake.seen("subscribe")
  const [conn] = fake.conns
  await conn.settled()
  fake.on = (c) => c === conn // it is dead, and looks open
  tick(19_999)
  await conn.settled()
  assert.deepEqual(fake.asked("ping"), [])
  tick(1)
  await fake.seen("ping")
  tick(5000)
  assert.equal(await retry.passed, "silent")
  tick(10)
  await fake.seen("subscribe", 2)
  fake.post("a")
  assert.equal((await hear(events, 1))[0].body, "a")
})

test("a call that is not answered in time costs the connection, not the call", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => r.method === "send" && conn.n === 1
  const tick = stopTime(t)
  const retry = gate()
  const client = await fake.connect(t, { onRetry: (error) => retry.open(error.kind) })
  const sent = say(client, "a")
  await fake.seen("send")
  tick(30_000)
  assert.equal(await retry.passed, "silent")
  tick(10)
  assert.equal((await sent).seq, 1)
  assert.equal(fake.conns.length, 2)
})

test("what is not the protocol ends the connection, and is no answer", async (t) => {
  const broken = [
    "{", "[]", "null", '"x"', "{}", '{"jsonrpc":"1.0","id":2,"result":{}}', '{"jsonrpc":"2.0","id":2}',
    '{"jsonrpc":"2.0","id":2,"result":{},"error":{"code":1,"message":""}}', '{"jsonrpc":"2.0","method":"x","result":1,"id":2}',
    '{"jsonrpc":"2.0","method":1}', Buffer.from("{}"),
  ]
  for (const frame of broken) {
    const fake = await Fake.start(t)
    const errors = []
    fake.on = (conn, r) => r.method === "history" && conn.n === 1 && (conn.ws.send(frame), true)
    const client = await fake.connect(t, { onRetry: (error) => errors.push(error.kind) })
    await client.history({ with: room })
    assert.deepEqual(errors, ["protocol"], String(frame))
    await client.close()
  }
})

test("an answer to nothing answers nothing", async (t) => {
  const fake = await Fake.start(t)
  fake.on = (conn, r) => {
    for (const id of ["null", '"2"', "99", "true"]) conn.write(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32700,"message":"no"}}`)
    conn.write('{"jsonrpc":"2.0","id":5,"method":"history"}')
    return false
  }
  const client = await fake.connect(t)
  await client.history({ with: room })
  assert.equal(fake.conns.length, 1)
})
