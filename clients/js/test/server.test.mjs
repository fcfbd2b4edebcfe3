import assert from "node:assert/strict"
import test from "node:test"
import { hear, startServer, user } from "./chatd.mjs"

test("two people talk", async (t) => {
  const server = await startServer(t)
  const [ana, bo] = [await user(t, server, "ana"), await user(t, server, "bo")]
  const events = bo.events()
  const sent = await ana.send({ to: "bo", body: "hello" })
  assert.equal(sent.seq, 1)
  const [message] = await hear(events, 1)
  assert.equal(message.body, "hello")
  assert.match(message.client_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
