import { callNames, clientId, isOwn, isRepeatable, type Arguments, type Calls, type CallOptions, type Method, type Result } from "./calls.js"
import type { FullBackoff } from "./backoff.js"
import type { Connection, Shared } from "./connection.js"
import { basis, ChatError } from "./errors.js"
import type { ChatEvent } from "./events.js"
import { encode } from "./frame.js"
import { Inbox } from "./inbox.js"
import { Login } from "./login.js"
import { defaults, isAnonymous, tell, type FullOptions, type Options } from "./options.js"
import { Call, Outbox } from "./outbox.js"
import { closed, Reconnect } from "./reconnect.js"
import { EventStream } from "./stream.js"
import { onAbort } from "./time.js"
import type { LoginResult, Methods } from "./types.gen.js"
import { uuid7 } from "./uuid.js"
import { Watch } from "./watch.js"

/** Each method is a function, such as `client.send({ to, body })`. */
export interface Client extends Calls {}

/**
 * A user's connection to a chat server, made again whenever it is lost. It comes from
 * {@link connect}.
 *
 * A send that is answered is stored, once, however often the connection was lost
 * meanwhile; sends are stored in the order in which they were made, with or without
 * waiting for the one before. The one exception: while the server refuses a message
 * for now, later ones that were under way already may be stored first; `inFlight: 1`
 * excludes that too.
 */
export class Client {
  readonly #shared: Shared
  readonly #options: FullOptions
  readonly #closing = new AbortController()
  readonly #reconnect: Reconnect
  #connection: Connection | undefined
  #ended: Promise<void> = Promise.resolve()

  /** @internal */
  static async connect(url: string, options: Options): Promise<Client> {
    encode("subscribe", { cursor: options.cursor })
    const client = new Client(url, defaults(options))
    const first = await client.#reconnect.open(options.signal)
    client.#ended = client.#run(first)
    return client
  }

  private constructor(url: string, options: FullOptions) {
    this.#options = options
    this.#shared = {
      url,
      options,
      inbox: new Inbox(options.buffer, options.cursor ?? "", () => this.#poke()),
      outbox: new Outbox(options.inFlight, options.backoff),
      watch: new Watch(options.backoff),
      login: undefined,
    }
    this.#reconnect = new Reconnect(this.#shared, new Login(options), this.#closing.signal)
  }

  /** What the server answered to the latest login: the user, the session, the limits. */
  get login(): LoginResult | undefined {
    return this.#shared.login
  }

  /** Whether there is a connection, as far as is known. */
  get connected(): boolean {
    return this.#connection?.link.writable ?? false
  }

  /**
   * The place in the log after the last event that was handed out, for
   * {@link Options.cursor} of a client that goes on from there. It moves on its own
   * while nothing happens. It is empty before the first login.
   */
  get cursor(): string {
    return this.#shared.inbox.taken
  }

  /**
   * Calls a method, and resolves with its result. What the server refuses rejects with
   * a {@link ChatError}.
   *
   * A call waits for a connection when there is none, and is written again on the next
   * one when its answer was lost, if that is safe: queries are, `read` and `delete`, and
   * sends, which get a client id here unless they have one that is not empty. Any other
   * command whose answer was lost rejects with `unknown_outcome`: it may or may not have
   * been done. A call that the server refuses for now (`rate_limited`, `unavailable`,
   * `draining`) is repeated after the time that the server asks for. All that ends with
   * the signal.
   *
   * Params are taken as they are now, by name, or for a method that is not in
   * {@link Methods}, and without types for any, also by position. What the server would
   * not read, and so could not answer, is refused as `parse` without being sent: half a
   * surrogate pair, what is no JSON, what is nested too deeply.
   */
  call<M extends Method>(method: M, ...args: Arguments<M>): Promise<Result<M>>
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>
  call(method: string, params?: unknown, options: CallOptions = {}): Promise<unknown> {
    try {
      if (isOwn(method)) throw new ChatError("invalid_request", `${method} is done by the client itself`)
      const given = method === "send" ? withClientId(params) : params
      return this.#start(new Call(method, encode(method, given ?? undefined), isRepeatable(method, given)), options.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Yields what happens, in the order of the server's log, each event once. Events begin
   * at {@link Options.cursor} or, without it, where the log ended when the client logged
   * in, whenever this is called first; a later loop goes on after the last event of the
   * one before. Loops that run at the same time share the events between them.
   *
   * A loop goes on over lost connections. It ends when the client is closed; it throws a
   * {@link ChatError} when the signal is aborted, or why the client gave up. The events
   * that were received before come before both ends.
   *
   * When a slow loop lets the buffer run full, the client ends its subscription and
   * resumes it later, from the last event in the buffer: nothing is lost, and calls are
   * answered meanwhile.
   */
  events(options: CallOptions = {}): AsyncIterableIterator<ChatEvent> {
    if (isAnonymous(this.#options)) throw new ChatError("unauthenticated", "events need a login")
    const stream = new EventStream(this.#shared.inbox, options.signal)
    this.#poke()
    return stream
  }

  /** Ends the session, for all its connections, and closes the client. It is no error when the session had ended before. */
  async logout(options: CallOptions = {}): Promise<void> {
    try {
      await this.#start(new Call("logout", "", true), options.signal)
    } catch (error) {
      if (basis(error) !== "unauthenticated") throw error
    }
    await this.close()
  }

  /**
   * Ends the connection, and all that waits for something as `closed`; it takes a few
   * seconds when the server does not answer. The session goes on: its token stays good.
   */
  async close(): Promise<void> {
    this.#shared.outbox.close(closed())
    this.#shared.inbox.close("closed")
    const ending = this.#connection?.link.close()
    this.#closing.abort()
    await ending
    await this.#ended
  }

  /** @internal Lets events begin at a place, unless they were asked for already. */
  skip(cursor: string): void {
    this.#shared.inbox.skip(cursor)
  }

  /** @internal How long to wait between attempts. */
  get backoff(): FullBackoff {
    return this.#options.backoff
  }

  async #run(first: Connection): Promise<void> {
    const why = await this.#reconnect.run(first, (connection) => {
      this.#connection = connection
      if (connection) tell(() => this.#options.onConnect?.(this.login))
    })
    this.#shared.outbox.close(why)
    this.#shared.inbox.close(why)
  }

  #start(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    const { outbox } = this.#shared
    if (signal?.aborted) call.reject(this.#cancelled(call, signal))
    else outbox.add(call)
    if (!call.finished) call.detach = onAbort(signal, () => outbox.abandon(call, this.#cancelled(call, signal)))
    this.#poke()
    return call.done
  }

  /** Says what stood in the way of a call, when its caller has left. */
  #cancelled(call: Call, signal: AbortSignal | undefined): ChatError {
    const why = call.refused ?? this.#reconnect.trouble
    return new ChatError("cancelled", `${call.method}: cancelled${why ? ` (${why.message})` : ""}`, { cause: signal?.reason })
  }

  #poke(): void {
    this.#connection?.pump()
    this.#reconnect?.poke()
  }
}

for (const [name, method] of callNames()) {
  Object.defineProperty(Client.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Client, params?: unknown, options?: CallOptions) {
      return this.call(method as string, params, options)
    },
  })
}

/** Gives a send a client id, unless it has one that is not empty. It stands third when params go by position. */
function withClientId(params: unknown): unknown {
  if (typeof params !== "object" || params === null || clientId(params) !== undefined) return params
  if (!Array.isArray(params)) return { ...params, client_id: uuid7() }
  return params.length < 2 ? params : [...params.slice(0, 2), uuid7(), ...params.slice(3)]
}

/**
 * Connects to the server at url (`ws://` or `wss://`) and logs in. It tries once, so
 * that what is wrong from the start is told; a connection that is lost later is made
 * again until the client is closed, or until the server says for good that it does not
 * want it.
 */
export function connect(url: string, options: Options = {}): Promise<Client> {
  return Client.connect(url, options)
}
