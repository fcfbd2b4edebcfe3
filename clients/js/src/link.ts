import { ChatError } from "./errors.js"
import { decode, type Frame } from "./frame.js"
import { Socket, type WebSocketConstructor } from "./socket.js"
import { now } from "./time.js"

/** What becomes of a request: an answer, or the end of its connection. */
export type Outcome = { readonly result: unknown } | { readonly error: ChatError } | { readonly lost: ChatError }

type Waiting = { readonly since: number; readonly settle: (outcome: Outcome) => void }

/** Takes notifications. It runs as they are read and never waits. */
export type OnEvent = (name: string, params: unknown, size: number) => void

/**
 * One connection as requests and answers. Answers come in the order of the requests,
 * so one that is overdue means that the connection is dead.
 */
export class Link {
  /** When the last message came. */
  heard = now()
  /** Is told of notifications. */
  readonly #onEvent: OnEvent
  #socket!: Socket
  #lastId = 0
  readonly #waiting = new Map<number, Waiting>()

  /** Connects, without logging in, until the signal is aborted with a ChatError. */
  static async open(type: WebSocketConstructor, url: string, onEvent: OnEvent, signal: AbortSignal): Promise<Link> {
    const link = new Link(onEvent)
    link.#socket = await Socket.open(type, url, (data) => link.#receive(data), signal)
    void link.#socket.ended.then((lost) => link.#end(lost))
    return link
  }

  private constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent
  }

  /** Resolved with why the connection ended, after all requests have been told. */
  get ended(): Promise<ChatError> {
    return this.#socket.ended
  }

  /** Whether what is written now can reach the server. */
  get writable(): boolean {
    return this.#socket.writable
  }

  get over(): boolean {
    return this.#socket.over
  }

  /**
   * Writes a request, with params as JSON or nothing. settle is called once, and not
   * before this has returned.
   */
  request(method: string, params: string, settle: (outcome: Outcome) => void): void {
    if (this.over) {
      void this.ended.then((lost) => settle({ lost }))
      return
    }
    const id = ++this.#lastId
    this.#waiting.set(id, { since: now(), settle })
    this.#socket.send(`{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${params && `,"params":${params}`}}`)
  }

  /** Makes a request and waits for its answer. */
  ask(method: string, params: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.request(method, params, (o) => ("result" in o ? resolve(o.result) : reject("error" in o ? o.error : o.lost)))
    })
  }

  /** For how long the oldest request has waited, in milliseconds; 0 when none does. */
  overdue(): number {
    for (const { since } of this.#waiting.values()) return now() - since
    return 0
  }

  /** Ends the connection at once. */
  fail(why: ChatError): void {
    this.#socket.fail(why)
  }

  /** Ends the connection in good form. */
  close(): Promise<void> {
    return this.#socket.close()
  }

  #receive(data: unknown): void {
    this.heard = now()
    try {
      const frame = decode(data)
      if (frame) this.#take(frame, (data as string).length)
    } catch (error) {
      this.fail(error instanceof ChatError ? error : new ChatError("other", String(error), { retryable: true, cause: error }))
    }
  }

  #take(frame: Frame, size: number): void {
    if ("method" in frame) {
      this.#onEvent(frame.method, frame.params, size)
      return
    }
    const waiting = this.#waiting.get(frame.id)
    this.#waiting.delete(frame.id)
    waiting?.settle(frame)
  }

  /** Tells all requests, in their order, that no answer comes any more. */
  #end(lost: ChatError): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { settle } of waiting) settle({ lost })
  }
}
