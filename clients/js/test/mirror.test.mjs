import assert from "node:assert/strict"
import test from "node:test"
import { Mirror } from "../dist/index.js"
import { startServer, user } from "./chatd.mjs"
import { Fake, room } from "./fake.mjs"

/** Takes changes until a conversation is as it should be. */
async function until(mirror, changes, which, fits) {
  for (;;) {
    const c = mirror.conversation(which)
    if (c && fits(c)) return c
    if ((await changes.next()).done) throw new Error("the changes have ended")
  }
}

/** Holds that a mirror shows what a fresh login is shown. */
async function fresh(t, server, username, mirror) {
  const client = await user(t, server, username)
  assert.deepEqual(mirror.home(), (await client.conversations()).conversations)
  await client.close()
}

test("a mirror shows what a fresh login does, after all that can happen to it", async (t) => {
  const server = await startServer(t)
  const [ana, bo] = [await user(t, server, "ana"), await user(t, server, "bo")]
  const cy = await user(t, server, "cy")
  await bo.send({ to: "ana", body: "before" })
  const mirror = new Mirror(ana, { messages: 3 })
  const changes = mirror.changes()
  assert.deepEqual(await changes.next(), { done: false, value: { conversation: "" } })
  assert.equal(mirror.home().length, 1)

  const { conversation: group } = await bo.create({ name: "g", members: ["ana"] })
  const steps = [
    () => bo.send({ to: group.id, body: "one", mentions: ["ana"] }),
    () => bo.send({ to: group.id, body: "two" }),
    () => bo.delete({ with: group.id, seq: 1 }),
    () => bo.edit({ with: group.id, seq: 2, body: "two, edited" }),
    () => bo.react({ with: group.id, seq: 2, emoji: "👍" }),
    () => bo.invite({ with: group.id, username: "cy" }),
    () => bo.rename({ with: group.id, name: "h" }),
    () => bo.setRole({ with: group.id, username: "ana", role: "admin" }),
    () => bo.remove({ with: group.id, username: "cy" }),
    () => ana.setPreferences({ with: group.id, pinned: true }),
    () => ana.send({ to: "bo", body: "hello" }),
    () => bo.send({ to: "ana", body: "hello" }),
    () => ana.read({ with: group.id, seq: 2 }),
    () => bo.setState({ with: group.id, state: "closed" }),
    () => bo.remove({ with: group.id, username: "ana" }),
    () => bo.invite({ with: group.id, username: "ana" }),
    () => bo.setState({ with: group.id, state: "open" }),
  ]
  for (const [i, step] of steps.entries()) {
    await step()
    const mark = `mark ${i}`
    const other = [bo, cy][i % 2] // so that the order of the list changes
    await other.send({ to: "ana", body: mark })
    await until(mirror, changes, other.login.user.username, (c) => c.last_message.body === mark)
    await fresh(t, server, "ana", mirror)
  }
  assert.deepEqual((await mirror.messages("bo")).map((m) => m.body), ["mark 12", "mark 14", "mark 16"])
  assert.equal((await mirror.markers("bo")).get("ana"), (await ana.conversation({ with: "bo" })).conversation.read_seq)
  await assert.rejects(mirror.messages("nobody"), { kind: "not_found" })

  const stopped = changes.next()
  await ana.close()
  assert.deepEqual(await stopped, { done: true, value: undefined })
})

test("a mirror goes on from its state, over a restart of the server", async (t) => {
  const server = await startServer(t)
  const [ana, bo] = [await user(t, server, "ana"), await user(t, server, "bo")]
  const mirror = new Mirror(ana, { messages: 10 })
  const changes = mirror.changes()
  await changes.next()
  await bo.send({ to: "ana", body: "one" })
  await until(mirror, changes, "bo", (c) => c.last_seq === 1)
  await mirror.messages("bo")
  await ana.close()
  const state = JSON.parse(JSON.stringify(mirror.state()))

  await bo.edit({ with: "ana", seq: 1, body: "one, edited" })
  await server.stop()
  await server.start()
  await bo.send({ to: "ana", body: "two" })
  const back = await user(t, server, "ana")
  const again = new Mirror(back, { messages: 10, state })
  assert.equal(again.conversation("bo").last_seq, 1)
  await until(again, again.changes(), "bo", (c) => c.last_seq === 2)
  assert.deepEqual((await again.messages("bo")).map((m) => m.body), ["one, edited", "two"])
  await fresh(t, server, "ana", again)
  assert.throws(() => new Mirror(bo, { state }), { kind: "other" })
})

test("a mirror is read anew after a reset, and keeps what it could not ask for", async (t) => {
  const fake = await Fake.start(t)
  const listed = { id: room, kind: "direct", with: "bo", last_seq: 0, read_seq: 0, unread: 0, mentions: 0, joined_at: "x" }
  const page = { conversations: [listed], left: [], cursor: "0", reset: false }
  fake.on = (conn, r) => r.method === "conversations" && (conn.reply(r, page), true)
  const client = await fake.connect(t)
  const mirror = new Mirror(client)
  const changes = mirror.changes()
  await changes.next()
  await fake.post("lost")
  page.cursor = "1"
  fake.conns[0].ws.terminate()
  const reset = fake.on
  fake.on = (conn, r) => (r.method === "subscribe" ? (conn.reply(r, { cursor: "1", reset: true }), (conn.subscribed = true)) : reset(conn, r))
  const { value } = await changes.next()
  assert.deepEqual(value, { conversation: "", event: { type: "reset", cursor: "1" } })
  assert.deepEqual(fake.requests.filter((r) => r.method === "conversations").map((r) => r.params.since), [undefined, undefined])

  // A hole: what cannot be asked for now is asked for by the next loop.
  const abort = new AbortController()
  fake.on = (_, r) => r.method === "conversation" && (abort.abort(), true)
  fake.log.push({}, {})
  fake.post("after a hole")
  fake.conns.at(-1).push({ ...fake.log.at(-1), seq: 9 })
  await assert.rejects(async () => {
    for await (const _ of mirror.changes({ signal: abort.signal }));
  }, { kind: "cancelled" })
  fake.on = (conn, r) => r.method === "conversation" && (conn.reply(r, { conversation: { ...listed, last_seq: 9 } }), true)
  await mirror.changes().next()
  assert.equal(mirror.conversation("bo").last_seq, 9)
})
