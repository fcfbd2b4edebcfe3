import type { Backoff, FullBackoff } from "./backoff.js"
import { ChatError } from "./errors.js"
import type { EphemeralEvent } from "./events.js"
import type { WebSocketConstructor } from "./socket.js"
import type { LoginResult } from "./types.gen.js"

/**
 * How a client logs in and behaves. Without a name, a token and `exchange` it is not
 * logged in, and can do little more than register.
 */
export interface Options {
  /** Who logs in, with a password or, where the server offers that, without. */
  username?: string | undefined
  password?: string | undefined
  /** Of an earlier login. It goes first, and the name serves when it is not good any more. */
  token?: string | undefined
  /** What the user's list of sessions shows. */
  device?: string | undefined

  /**
   * Where events begin; without it they begin where the log ended at the first login.
   * An application that keeps what it was told keeps {@link Client.cursor} with it.
   */
  cursor?: string | undefined

  /**
   * Is given the token of every login, before it is used: the next login takes it, and
   * to use an older one after that ends the session. So an application that logs in
   * again later stores it here. When it fails, the client goes on with the token before.
   */
  onToken?: ((token: string) => void | Promise<void>) | undefined

  /**
   * Keeps the token, in place of `token` and `onToken`, for programs that share a
   * session, such as tabs: it is called for every login, and calls `login` with the
   * token that it has. That resolves to the next one, which `exchange` stores before
   * it ends. All that happens under a lock (in browsers `navigator.locks`).
   */
  exchange?: ((login: (token: string | undefined) => Promise<string>) => Promise<void>) | undefined

  /** Is told of every lost or failed connection, and for how many milliseconds the client waits before it tries again. */
  onRetry?: ((error: ChatError, delayMs: number) => void) | undefined
  /** Is told of every connection that is ready. */
  onConnect?: ((login: LoginResult | undefined) => void) | undefined
  /**
   * Is told of typing and presence, while there is a loop over the events. Whom the
   * application watches by its latest call of `presence`, the client asks for again on
   * each new connection, and then tells how all of them are.
   */
  onEphemeral?: ((event: EphemeralEvent) => void) | undefined

  backoff?: Backoff | undefined
  /** Milliseconds that a connection may take to be made, or to answer a request, before it is given up; 30,000 unless set. */
  answerTimeout?: number | undefined
  /** Milliseconds that a connection may be quiet before the server is asked whether it is there; 30,000 unless set. */
  pingInterval?: number | undefined
  /** Bounds the calls that are written before they are answered; 64 unless set. */
  inFlight?: number | undefined
  /** Bounds the events that wait for the application, in characters as they came; 1 Mi unless set. */
  buffer?: number | undefined

  /** Makes the connections, where there is no global WebSocket: before Node 22, that of the package `ws`. */
  WebSocket?: WebSocketConstructor | undefined
  /** Ends {@link connect}, and only that. */
  signal?: AbortSignal | undefined
}

/** Options with all bounds set. */
export type FullOptions = Options & {
  readonly backoff: FullBackoff
  readonly answerTimeout: number
  readonly pingInterval: number
  readonly inFlight: number
  readonly buffer: number
  readonly WebSocket: WebSocketConstructor
}

/** The names of all options, for programs whose types nobody checks. */
const names: Record<keyof Options, true> = {
  username: true,
  password: true,
  token: true,
  device: true,
  cursor: true,
  onToken: true,
  exchange: true,
  onRetry: true,
  onConnect: true,
  onEphemeral: true,
  backoff: true,
  answerTimeout: true,
  pingInterval: true,
  inFlight: true,
  buffer: true,
  WebSocket: true,
  signal: true,
}

/** Returns a copy of options with everything set. A name that is none is a `TypeError`. */
export function defaults(options: Options): FullOptions {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(names, name)) throw new TypeError(`there is no option "${name}"`)
  }
  const type = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  if (!type) throw new ChatError("other", "there is no WebSocket here: pass one in the options, such as that of the package ws")
  return {
    ...options,
    backoff: { base: options.backoff?.base ?? 250, cap: options.backoff?.cap ?? 30_000 },
    answerTimeout: options.answerTimeout ?? 30_000,
    pingInterval: options.pingInterval ?? 30_000,
    inFlight: options.inFlight ?? 64,
    buffer: options.buffer ?? 1 << 20,
    WebSocket: type,
  }
}

/** Whether there is nothing to log in with. */
export const isAnonymous = (o: Options): boolean => !o.username && !o.token && !o.exchange

/** Calls a function of the application's. What it throws is nobody's here, and so becomes an uncaught error. */
export function tell(f: () => void): void {
  try {
    f()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
