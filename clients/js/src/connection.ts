import { ChatError, asObject } from "./errors.js"
import { ephemeralOf, itemOf, type EphemeralEvent } from "./events.js"
import { bytes, depth, envelope, violated } from "./frame.js"
import type { Inbox } from "./inbox.js"
import { Link, type Outcome } from "./link.js"
import { tell, type FullOptions } from "./options.js"
import { Call, type Outbox } from "./outbox.js"
import { millis, now } from "./time.js"
import type { Watch } from "./watch.js"
import type { Limits, LoginResult } from "./types.gen.js"

/** What the connections of a client share. */
export interface Shared {
  readonly url: string
  readonly options: FullOptions
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly watch: Watch
  /** What the server answered to the latest login. */
  login: LoginResult | undefined
}

/**
 * Serves one connection: writes the calls, keeps up the subscription, and looks after
 * silence, which in browsers is all that tells of a dead connection.
 */
export class Connection {
  /** A call was answered, or an event came. */
  useful = false
  /** The announced time to stay away, in milliseconds. */
  away = 0
  link!: Link
  #serving = false
  #asking = false // a subscribe, unsubscribe or ping of our own is under way
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #shared: Shared

  /** Connects, without logging in and without serving yet. */
  static async open(shared: Shared, signal: AbortSignal): Promise<Connection> {
    const c = new Connection(shared)
    const { WebSocket } = shared.options
    c.link = await Link.open(WebSocket, shared.url, (name, params, size) => c.#event(name, params, size), signal)
    return c
  }

  private constructor(shared: Shared) {
    this.#shared = shared
  }

  /** Serves until the connection ends, and returns why. */
  async serve(): Promise<ChatError> {
    this.#serving = true
    this.pump()
    const why = await this.link.ended
    clearTimeout(this.#timer)
    return why
  }

  /** Writes all that may be written now, and sees to when to look again. */
  pump(): void {
    clearTimeout(this.#timer)
    if (!this.#serving || !this.link.writable) return
    const { outbox, options } = this.#shared
    let wait = this.#tend()
    for (;;) {
      const next = outbox.take()
      if (!(next instanceof Call)) {
        wait = Math.min(wait, next.pause)
        break
      }
      this.#launch(next)
    }
    const waited = this.link.overdue()
    if (waited >= options.answerTimeout) {
      this.link.fail(new ChatError("silent", "no answer from the server", { retryable: true }))
      return
    }
    this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.min(wait, options.answerTimeout - waited)))
  }

  /**
   * Makes the requests of the client's own, and says when to do so again. It subscribes
   * before it asks for presence, so that nothing changes untold between the two.
   */
  #tend(): number {
    const interval = this.#shared.options.pingInterval
    if (this.#asking) return interval
    const due = this.#shared.inbox.due()
    const watch = this.#shared.watch.next()
    const quiet = now() - this.link.heard
    if (due === "unsubscribe") this.#own(due, "", () => this.#shared.inbox.end())
    else if (due) this.#own("subscribe", due.subscribe && JSON.stringify({ cursor: due.subscribe }), (r) => this.#subscribed(r))
    else if (watch === 0) this.#askAgain()
    else if (quiet >= interval) this.#own("ping", "", (r) => this.#alive(r))
    else return Math.min(interval - quiet, watch)
    return interval
  }

  /** Makes a request of the client's own; its answer has its place among the events. One that is refused ends the connection, unless refused deals with that. */
  #own(method: string, params: string, take: (result: unknown) => void, refused = (error: ChatError) => this.link.fail(error)): void {
    this.#asking = true
    this.link.request(method, params, (outcome) => {
      this.#asking = false
      if ("error" in outcome) refused(outcome.error)
      if ("result" in outcome) take(outcome.result)
      this.pump()
    })
  }

  #subscribed(result: unknown): void {
    const { cursor, reset } = asObject(result)
    if (typeof cursor !== "string" || typeof reset !== "boolean") throw violated("the answer to subscribe")
    this.#shared.inbox.begin(cursor, reset)
  }

  #alive(result: unknown): void {
    const { cursor } = asObject(result)
    if (typeof cursor === "string") this.#shared.inbox.advance(cursor)
  }

  /** Asks for the presence of those whom the application watches, and tells how they are. */
  #askAgain(): void {
    const { watch } = this.#shared
    const take = (result: unknown) => {
      watch.told()
      const { presence } = asObject(result)
      if (!Array.isArray(presence)) throw violated("the answer to presence")
      for (const p of presence) this.#tell(ephemeralOf("presence", p))
    }
    this.#own("presence", watch.ask(), take, (error) => watch.refused(error))
  }

  #tell(event: EphemeralEvent | undefined): void {
    if (event) tell(() => this.#shared.options.onEphemeral?.(event))
  }

  /** Writes a call, and sees to its answer. */
  #launch(call: Call): void {
    const { outbox, login, watch } = this.#shared
    const error = excess(call, login?.limits)
    if (error) {
      outbox.settle(call, { error })
      return
    }
    this.link.request(call.method, call.params, (outcome: Outcome) => {
      if (call.method === "presence" && "result" in outcome) watch.take(call.params)
      outbox.settle(call, outcome)
      if ("lost" in outcome) return
      this.useful = true
      this.pump()
    })
  }

  #event(name: string, params: unknown, size: number): void {
    const { inbox } = this.#shared
    if (name === "lagging") {
      inbox.end()
      this.pump()
    } else if (name === "draining") {
      this.away = millis(Number(asObject(params).delay_ms))
    } else {
      const item = itemOf(name, params, size)
      if (!item) return this.#tell(ephemeralOf(name, params))
      this.useful = true
      if (!inbox.put(item)) this.pump()
    }
  }
}

/**
 * Says what a server with these limits would not read, since then it could not say for
 * which request. Before login nobody knows the limits but that of depth, which hardly any
 * server changes.
 */
function excess({ method, params }: Call, limits: Partial<Limits> | undefined): ChatError | undefined {
  const { frame = 0, depth: deepest = 64 } = limits ?? {}
  if (frame > 0 && params.length * 3 + envelope.bytes > frame && bytes(params) + envelope.bytes > frame) {
    return new ChatError("too_large", `${method}: more than ${frame} bytes in a message`)
  }
  if (depth(params) + envelope.depth <= deepest) return undefined
  return new ChatError("parse", `${method}: more than ${deepest} arrays and objects inside each other`)
}
