import assert from "node:assert/strict"
import net from "node:net"
import { once } from "node:events"
import test from "node:test"
import { connect } from "../dist/index.js"
import { hear, options, startServer, user } from "./chatd.mjs"

test("two people talk", async (t) => {
  const server = await startServer(t)
  const [ana, bo] = [await user(t, server, "ana"), await user(t, server, "bo")]
  const events = bo.events()
  const sent = await ana.send({ to: "bo", body: "hello", data: { n: [1, 2] } })
  assert.equal(sent.seq, 1)
  const [message] = await hear(events, 1)
  assert.equal(message.body, "hello")
  assert.deepEqual(message.data, { n: [1, 2] })
  const { messages, has_more } = await bo.history({ with: "ana" })
  assert.deepEqual(messages, [message])
  assert.deepEqual(has_more, { before: false, after: false })
  await assert.rejects(ana.send({ to: "nobody.here", body: "x" }), { kind: "not_found", code: 404, pointer: "/to" })
  await assert.rejects(ana.call("send", { to: "bo", bdoy: "x" }), { kind: "invalid_params", code: -32602 })
  const { methods } = await ana.call("rpc.discover")
  assert.ok(methods.length > 30)
})

test("a restart loses nothing: sends keep their order, events come once", async (t) => {
  const server = await startServer(t)
  const [ana, bo] = [await user(t, server, "ana"), await user(t, server, "bo")]
  const events = bo.events()
  const sends = []
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    for (let i = 0; i < 50; i++) sends.push(ana.send({ to: "bo", body: `${signal} ${i}` }))
    await sends.at(-50)
    const stopped = server.stop(signal)
    for (let i = 50; i < 60; i++) sends.push(ana.send({ to: "bo", body: `${signal} ${i}` }))
    await stopped
    await server.start()
  }
  const seqs = (await Promise.all(sends)).map((s) => s.seq)
  assert.deepEqual(seqs, sends.map((_, i) => i + 1))
  const heard = await hear(events, sends.length)
  assert.deepEqual(heard.map((m) => m.seq), seqs)
})

test("a client goes on from its cursor and its token", async (t) => {
  const server = await startServer(t)
  const bo = await user(t, server, "bo")
  let token
  const ana = await user(t, server, "ana", { onToken: (next) => void (token = next) })
  const events = ana.events()
  await bo.send({ to: "ana", body: "one" })
  await hear(events, 1)
  const { cursor } = ana
  await ana.close()
  await bo.send({ to: "ana", body: "two" })
  const again = await connect(server.url, { ...options, token, cursor })
  t.after(() => again.close())
  assert.deepEqual((await hear(again.events(), 1)).map((m) => m.body), ["two"])
  assert.equal((await again.sessions()).sessions.length, 1)
})

test("a session that is revoked ends its client", async (t) => {
  const server = await startServer(t)
  const [ana, other] = [await user(t, server, "ana"), await user(t, server, "ana")]
  const next = other.events().next()
  await ana.revoke({ session: other.login.session })
  await assert.rejects(next, { kind: "close", code: 4001 })
})

/** A way to a server that is cut after so many bytes, once. */
async function cutWay(t, url, cut) {
  const { hostname, port } = new URL(url)
  let left = cut
  const way = net.createServer((client) => {
    const server = net.connect(Number(port), hostname)
    const end = () => (client.destroy(), server.destroy())
    const pipe = (from, to) =>
      from.on("data", (data) => {
        const whole = left === undefined || data.length < left
        to.write(whole ? data : data.subarray(0, left))
        if (left !== undefined) left -= data.length
        if (!whole) (left = undefined), from.pause(), to.end(), end()
      })
    for (const socket of [client, server]) socket.on("error", end).on("close", end)
    pipe(client, server)
    pipe(server, client)
  })
  way.listen(0, "127.0.0.1")
  await once(way, "listening")
  t.after(() => way.close())
  return { url: `ws://127.0.0.1:${way.address().port}`, cut: () => left === undefined }
}

test("what is seen does not depend on where the connection is cut", async (t) => {
  const server = await startServer(t, "--limit=connections=1000")
  await user(t, server, "bo")
  let cuts = 0
  for (let cut = 300; ; cut += 97) {
    const name = `ana${cut}`
    const guest = await connect(server.url, options)
    await guest.register({ username: name })
    await guest.close()
    const way = await cutWay(t, server.url, cut)
    const ana = await connect(way.url, { ...options, username: name }).catch(() => undefined)
    if (!ana) continue // cut before the first login was answered: that is told
    const events = ana.events()
    const bodies = Array.from({ length: 10 }, (_, i) => String(i))
    const sent = await Promise.all(bodies.map((body) => ana.send({ to: "bo", body })))
    assert.deepEqual(sent.map((s) => s.seq), bodies.map((_, i) => i + 1), `cut after ${cut} bytes`)
    assert.deepEqual((await hear(events, 10)).map((m) => m.body), bodies, `cut after ${cut} bytes`)
    const done = !way.cut()
    await ana.close()
    if (done) break
    cuts++
  }
  assert.ok(cuts > 30, `${cuts} places`)
})

test("the WebSocket of the platform serves", { skip: !globalThis.WebSocket && "before Node 22 there is none" }, async (t) => {
  const server = await startServer(t)
  const bo = await user(t, server, "bo")
  const ana = await user(t, server, "ana", { WebSocket: undefined })
  const events = ana.events()
  await bo.send({ to: "ana", body: "one" })
  await server.stop()
  const sent = ana.send({ to: "bo", body: "two" })
  await server.start()
  assert.equal((await sent).seq, 2)
  assert.deepEqual((await hear(events, 2)).map((m) => m.body), ["one", "two"])
  await assert.rejects(connect("ws://127.0.0.1:1", { username: "ana" }), { kind: "unreachable" })
})
