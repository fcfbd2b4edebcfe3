// A server for one user in one conversation: as much of the protocol as the client must
// get right, and hooks to get it wrong. A place in its log is the number of a message.
import { once } from "node:events"
import WebSocket, { WebSocketServer } from "ws"
import { connect } from "../dist/index.js"

export const room = "c:AAAAAAAAAAAAAAAAAAAAAA"

export class Fake {
  log = []
  conns = []
  requests = []
  logins = 0
  tokens = ["t0", ""] // in use, and its successor
  limits = { frame: 262144, depth: 64, page_max: 200 }
  /** Sees each request first, and returns true when it dealt with it. */
  on = () => false
  /** Sees each connection first, and returns true when it dealt with it. */
  onConnect = () => false
  /** Handshakes that are refused, by their number, with the Retry-After that they are told. */
  full = {}
  handshakes = 0
  #watchers = new Set()

  static async start(t) {
    const fake = new Fake()
    fake.server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient: (_, done) => fake.#admit(done) })
    await once(fake.server, "listening")
    fake.url = `ws://127.0.0.1:${fake.server.address().port}`
    fake.server.on("connection", (ws) => fake.#serve(ws))
    t.after(async () => {
      for (const conn of fake.conns) conn.ws.terminate()
      await Promise.all(fake.conns.map((conn) => conn.closed))
      fake.server.close()
    })
    return fake
  }

  #admit(done) {
    const after = this.full[++this.handshakes]
    if (after === undefined) done(true)
    else done(false, 503, "", after && { "Retry-After": after })
  }

  #serve(ws) {
    const conn = new Conn(this, ws, this.conns.length + 1)
    this.conns.push(conn)
    if (this.onConnect(conn)) return
    ws.on("message", (data) => {
      if (ws.readyState !== WebSocket.OPEN) return // what is in its buffer when it was cut is lost
      const request = { ...JSON.parse(data), raw: String(data), conn }
      this.requests.push(request)
      if (!this.on(conn, request)) conn.answer(request)
      for (const look of this.#watchers) look()
    })
  }

  /** Waits until there were n requests of a method, and returns the last of these. */
  seen(method, n = 1) {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.requests.filter((r) => r.method === method)[n - 1]
        if (found) this.#watchers.delete(look), resolve(found)
      }
      this.#watchers.add(look)
      look()
    })
  }

  asked(...methods) {
    return this.requests.map((r) => r.method).filter((m) => methods.length === 0 || methods.includes(m))
  }

  /** Stores a message of somebody else's. */
  post(body) {
    return this.store({ sender: "bo", body })
  }

  store(message, reply = () => {}) {
    this.log.push({ conversation: room, seq: this.log.length + 1, rev: 1, at: "2026-11-23T10:00:00.000Z", ...message })
    reply(this.log.length)
    for (const conn of this.conns) if (conn.subscribed) conn.push(this.log.at(-1))
  }

  /** Connects a client for the length of a test. */
  async connect(t, more = {}) {
    const options = { WebSocket, username: "ana", password: "correct horse", backoff: { base: 1, cap: 5 } }
    const client = await connect(this.url, { ...options, ...more })
    t.after(() => client.close())
    return client
  }
}

class Conn {
  subscribed = false
  constructor(fake, ws, n) {
    Object.assign(this, { fake, ws, n, closed: once(ws, "close") })
  }

  answer(r) {
    const { fake } = this
    const cursor = String(fake.log.length)
    switch (r.method) {
      case "login":
        return this.login(r)
      case "subscribe": {
        const place = r.params?.cursor === undefined ? fake.log.length : Number(r.params.cursor)
        const good = Number.isInteger(place) && place <= fake.log.length
        this.reply(r, { cursor: good ? String(place) : cursor, reset: !good })
        this.subscribed = true
        return fake.log.slice(good ? place : fake.log.length).forEach((m) => this.push(m))
      }
      case "unsubscribe":
        this.subscribed = false
        return this.reply(r, { cursor })
      case "send": {
        const { body, client_id } = r.params
        const known = fake.log.find((m) => m.client_id === client_id)
        if (known) return this.reply(r, { conversation: room, seq: known.seq, duplicate: true })
        return fake.store({ sender: "ana", body, client_id }, (seq) => this.reply(r, { conversation: room, seq, duplicate: false }))
      }
      default:
        return this.reply(r, r.method === "ping" ? { at: "", cursor } : {})
    }
  }

  login(r) {
    const { fake } = this
    const { token, password } = r.params
    if (token && token === fake.tokens[1]) fake.tokens[0] = token
    else if (password !== "correct horse" && token !== fake.tokens[0]) return this.refuse(r, 401, "unauthenticated")
    fake.tokens[1] = `t${++fake.logins}`
    if (!token) fake.tokens[0] = fake.tokens[1]
    const [user, cursor] = [{ username: "ana" }, String(fake.log.length)]
    this.reply(r, { user, session: "s:1", token: fake.tokens[1], protocol: "1", server: {}, epoch: "e", cursor, limits: fake.limits })
  }

  /** Waits until each end has dealt with all that the other one wrote before. */
  async settled() {
    this.ws.ping()
    await once(this.ws, "pong")
  }

  push(message) {
    if (message.sender) this.notify("message", { message, cursor: String(message.seq) })
  }
  notify(method, params) {
    this.write({ jsonrpc: "2.0", method, params })
  }
  reply(r, result) {
    this.write({ jsonrpc: "2.0", id: r.id, result })
  }
  refuse(r, code, kind, more = {}) {
    this.write({ jsonrpc: "2.0", id: r.id, error: { code, message: "because", data: { kind, ...more } } })
  }
  write(frame) {
    this.ws.send(typeof frame === "string" ? frame : JSON.stringify(frame))
  }
}

/** A clock for one test, which moves when it is told to. */
export function stopTime(t) {
  let clock = 0
  t.mock.timers.enable({ apis: ["setTimeout"] })
  t.mock.method(performance, "now", () => clock)
  return (ms) => {
    clock += ms
    t.mock.timers.tick(ms)
  }
}

/** A promise with its ends outside of it. */
export function gate() {
  const g = {}
  g.passed = new Promise((resolve) => (g.open = resolve))
  return g
}
