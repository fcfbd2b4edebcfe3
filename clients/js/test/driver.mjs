// The driver of this client for the conformance kit: commands as lines of JSON on
// standard input, what the application is told on standard output. Defined in
// protocol/conformance/README.md, "Drivers".
import { createInterface } from "node:readline"
import WebSocket from "ws"
import { ChatError, Mirror, connect } from "../dist/index.js"

let client // the present one; a promise while it is made
let mirror

const print = (line) => process.stdout.write(JSON.stringify(line) + "\n")

/** The kinds of the client's own that a driver has no name for. */
const other = new Set(["unreachable", "lost", "silent", "protocol", "version"])

function told(error) {
  if (!(error instanceof ChatError)) return { kind: "other", code: 0, retryable: false, message: String(error?.stack ?? error) }
  const kind = other.has(error.basis) ? "other" : error.kind
  const { code, retryable, message, retryAfterMs: retry_after_ms, pointer, incident } = error
  return { kind, code, retryable, message, retry_after_ms, pointer, incident }
}

function show({ type, ...params }) {
  print({ event: type, params })
}

/** Follows a loop to its end, which is told unless the application closed the client. */
async function follow(loop, take) {
  const followed = client
  try {
    for await (const item of loop) take(item)
  } catch (error) {
    if (followed === client) print({ end: told(error) })
  }
}

const calls = new Map()

const commands = {
  async open({ url, username, password, token, cursor, device, backoff_ms, answer_timeout_ms, ping_interval_ms }) {
    const backoff = backoff_ms && { base: backoff_ms[0], cap: backoff_ms[1] }
    const timing = { backoff, answerTimeout: answer_timeout_ms, pingInterval: ping_interval_ms }
    client = await connect(url, { WebSocket, username, password, token, cursor, device, onEphemeral: show, ...timing })
    return client.login ? { username: client.login.user.username } : {}
  },
  async events() {
    void follow(client.events(), show)
    return {}
  },
  async mirror() {
    mirror = new Mirror(client)
    const changes = mirror.changes()
    const first = await changes.next()
    if (first.value?.event) show(first.value.event)
    void follow(changes, ({ event }) => event && show(event))
    return {}
  },
  async call({ id, method, params }) {
    const cancel = new AbortController()
    calls.set(id, cancel)
    return client.call(method, params, { signal: cancel.signal }).finally(() => calls.delete(id))
  },
  async cancel({ call }) {
    calls.get(call)?.abort()
    return {}
  },
  home: async () => ({ conversations: mirror.home() }),
  cursor: async () => ({ cursor: client.cursor }),
  async logout() {
    await client.logout()
    return {}
  },
  async close() {
    await client.close()
    return {}
  },
}

print({ driver: 1, client: `asappchat for JavaScript, Node ${process.versions.node}` })
for await (const line of createInterface(process.stdin)) {
  const { id, do: name, ...given } = JSON.parse(line)
  commands[name]({ id, ...given }).then(
    (result) => print({ id, result }),
    (error) => print({ id, error: told(error) }),
  )
}
process.exit(0)
