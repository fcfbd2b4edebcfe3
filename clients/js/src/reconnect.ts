import { delayAfter } from "./backoff.js"
import { Connection, type Shared } from "./connection.js"
import { ChatError } from "./errors.js"
import type { Login } from "./login.js"
import { isAnonymous, tell } from "./options.js"
import { now, onAbort, rest } from "./time.js"
import { closeCodes } from "./types.gen.js"

/** Makes the connections of a client, one after the other. */
export class Reconnect {
  /** Why there is no connection, undefined when there is one. */
  trouble: ChatError | undefined
  #failures = 0 // in a row
  #wake: (() => void) | undefined
  readonly #shared: Shared
  readonly #login: Login
  readonly #closing: AbortSignal

  /** All ends with closing. */
  constructor(shared: Shared, login: Login, closing: AbortSignal) {
    this.#shared = shared
    this.#login = login
    this.#closing = closing
  }

  /** Looks again whether there is a reason to have a connection. */
  poke(): void {
    this.#wake?.()
  }

  /** Makes a connection and logs in. It tries once. */
  async open(signal?: AbortSignal): Promise<Connection> {
    const { answerTimeout } = this.#shared.options
    const abort = new AbortController()
    const silent = new ChatError("silent", "the server could not be reached in time", { retryable: true })
    const timer = setTimeout(() => abort.abort(silent), answerTimeout)
    const detach = [
      onAbort(this.#closing, () => abort.abort(closed())),
      onAbort(signal, () => abort.abort(new ChatError("cancelled", "connect: cancelled", { cause: signal!.reason }))),
    ]
    try {
      return await this.#attempt(abort.signal)
    } finally {
      clearTimeout(timer)
      for (const f of detach) f()
    }
  }

  async #attempt(signal: AbortSignal): Promise<Connection> {
    const connection = await Connection.open(this.#shared, signal)
    const detach = onAbort(signal, () => connection.link.fail(signal.reason))
    try {
      if (!isAnonymous(this.#shared.options)) {
        const result = await Promise.race([this.#login.on(connection.link), connection.link.ended.then((why) => Promise.reject(why))])
        this.#shared.login = result
        this.#shared.inbox.start(result.cursor)
      }
      return connection
    } catch (error) {
      connection.link.fail(error as ChatError)
      throw error
    } finally {
      detach()
    }
  }

  /** Serves one connection after the other, and returns why it gave up. */
  async run(first: Connection, use: (connection: Connection | undefined) => void): Promise<ChatError> {
    let connection = first
    for (;;) {
      this.trouble = undefined
      use(connection)
      const began = now()
      const why = await connection.serve()
      use(undefined)
      this.#shared.inbox.end()
      this.#shared.watch.end()
      if (connection.useful || now() - began >= this.#shared.options.backoff.cap) this.#failures = 0
      const next = await this.#comeBack(why, connection.away)
      if (next instanceof ChatError) return next
      connection = next
    }
  }

  /** Makes a new connection after one ended; away is the time that the server asked to stay away. */
  async #comeBack(why: ChatError, away: number): Promise<Connection | ChatError> {
    for (;;) {
      if (this.#closing.aborted) return closed()
      if (this.#final(why)) return why
      this.trouble = why
      if (!(await this.#rest(why, away))) return closed()
      away = 0
      try {
        return await this.open()
      } catch (error) {
        why = error as ChatError
      }
    }
  }

  /** Whether there is no coming back after an error. */
  #final(why: ChatError): boolean {
    switch (why.basis) {
      case "close":
        if (why.code === closeCodes.expired) return !this.#login.expired()
        return why.code === closeCodes.revoked || why.code === closeCodes.abuse
      case "version":
        return true
      default:
        return !why.retryable
    }
  }

  /** Waits before the next attempt, and says whether there is to be one. */
  async #rest(why: ChatError, away: number): Promise<boolean> {
    const { options } = this.#shared
    if (why.basis === "close" && why.code === closeCodes.idle) await this.#awaitWork()
    if (this.#closing.aborted) return false
    const ms = away || delayAfter(options.backoff, why, this.#failures)
    this.#failures++
    tell(() => options.onRetry?.(why, ms))
    return rest(ms, this.#closing)
  }

  /** Waits until there is a reason to have a connection, or the client is closed. */
  async #awaitWork(): Promise<void> {
    const { inbox, outbox } = this.#shared
    const idle = () => !outbox.waiting && typeof inbox.due() !== "object" && !this.#closing.aborted
    while (idle()) {
      await new Promise<void>((resolve) => {
        const detach = onAbort(this.#closing, resolve)
        this.#wake = () => (detach(), resolve())
      })
    }
    this.#wake = undefined
  }
}

/** The error of all that is asked of a client after it was closed. */
export const closed = (): ChatError => new ChatError("closed", "the client is closed")
