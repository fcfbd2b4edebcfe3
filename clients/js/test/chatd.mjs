// A real server for tests, with its data in a folder of its own.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import WebSocket from "ws"
import { connect } from "../dist/index.js"

const program = fileURLToPath(new URL("../node_modules/.cache/chatd", import.meta.url))

/** Starts a server for the length of a test. stop and start take it down and up again, at the same address. */
export async function startServer(t, ...flags) {
  const data = mkdtempSync(join(tmpdir(), "asappchat-js-"))
  const server = { url: "", ...control(data, flags) }
  server.url = await server.start("127.0.0.1:0")
  t.after(async () => {
    await server.stop("SIGKILL")
    rmSync(data, { recursive: true })
  })
  return server
}

function control(data, flags) {
  let child
  let address
  return {
    async start(listen = address) {
      child = spawn(program, ["--listen", listen, "--data", data, ...flags], { stdio: ["ignore", "pipe", "inherit"] })
      for await (const line of createInterface(child.stdout)) {
        const [, host] = /ws:\/\/(\S+)/.exec(line) ?? []
        if (!host) continue
        child.stdout.resume()
        address = host
        return `ws://${host}`
      }
      throw new Error("chatd has ended")
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, "exit")
      child.kill(signal)
      await exit
    },
  }
}

/** Options for clients of tests: they come back soon. */
export const options = { WebSocket, backoff: { base: 5, cap: 50 } }

/** Connects as a user, who is registered if they are new, for the length of a test. */
export async function user(t, server, username, more = {}) {
  const guest = await connect(server.url, options)
  await guest.register({ username }).catch((error) => {
    if (error.basis !== "conflict") throw error
  })
  await guest.close()
  const client = await connect(server.url, { ...options, username, ...more })
  t.after(() => client.close())
  return client
}

/** Takes events of a loop, until it has so many messages, and returns those. */
export async function hear(events, n) {
  const messages = []
  while (messages.length < n) {
    const { value, done } = await events.next()
    if (done) throw new Error(`the events have ended after ${messages.length} messages`)
    if (value.type === "message") messages.push(value.message)
  }
  return messages
}
