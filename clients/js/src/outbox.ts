import { delayAfter, type FullBackoff } from "./backoff.js"
import { ChatError } from "./errors.js"
import type { Outcome } from "./link.js"
import { now } from "./time.js"
import { closeCodes } from "./types.gen.js"

/** A request on its way to an answer. */
export class Call {
  readonly done: Promise<unknown>
  /** Whether the caller has been told how it ended. */
  finished = false
  /** It was written, and neither answered nor lost since. */
  flying = false
  /** Why it was refused for now the last time. */
  refused: ChatError | undefined
  tries = 0
  /** Detaches it from the signal of its caller. */
  detach: () => void = () => {}
  #resolve!: (result: unknown) => void
  #reject!: (error: ChatError) => void

  /** params are JSON or nothing; repeat says that it may be written again after its outcome was lost. */
  constructor(
    readonly method: string,
    readonly params: string,
    readonly repeat: boolean,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  resolve(result: unknown): void {
    if (this.#finish()) this.#resolve(result)
  }

  reject(error: ChatError): void {
    if (this.#finish()) this.#reject(error)
  }

  #finish(): boolean {
    if (this.finished) return false
    this.detach()
    return (this.finished = true)
  }
}

/**
 * Holds the calls of a client in their order, until they are answered. A call that
 * was refused for now pauses it: nothing is written until all that fly have come back
 * and the time is over, and then all is written in order.
 */
export class Outbox {
  #calls: Call[] = []
  #flying = 0
  #paused = 0 // until when, 0 when it is not
  #error: ChatError | undefined
  readonly #window: number
  readonly #backoff: FullBackoff

  /** window bounds the calls that fly. */
  constructor(window: number, backoff: FullBackoff) {
    this.#window = window
    this.#backoff = backoff
  }

  /** Puts a call at the end. */
  add(call: Call): void {
    if (this.#error) call.reject(this.#error)
    else this.#calls.push(call)
  }

  /** Returns the next call to write, if there is one, and otherwise for how long none may be. */
  take(): Call | { pause: number } {
    if (this.#paused) {
      const pause = this.#paused - now()
      if (this.#flying > 0) return { pause: Infinity }
      if (pause > 0) return { pause }
      this.#paused = 0
    }
    const call = this.#flying < this.#window ? this.#calls.find((c) => !c.flying) : undefined
    if (!call) return { pause: Infinity }
    call.flying = true
    this.#flying++
    return call
  }

  /** Takes what became of a call that was flying. */
  settle(call: Call, outcome: Outcome): void {
    this.#flying--
    call.flying = false
    if ("lost" in outcome) this.#lose(call, outcome.lost)
    else if ("result" in outcome) this.#remove(call, () => call.resolve(outcome.result))
    else if (!call.finished && isPassing(outcome.error, call.repeat)) this.#pause(call, outcome.error)
    else this.#remove(call, () => call.reject(outcome.error))
  }

  #pause(call: Call, error: ChatError): void {
    call.refused = error
    this.#paused = Math.max(this.#paused, now() + delayAfter(this.#backoff, error, call.tries++))
  }

  /** Takes back a call whose connection ended, to write it again where that is safe. */
  #lose(call: Call, cause: ChatError): void {
    if (!call.finished && call.repeat && !harmful(cause)) return
    this.#remove(call, () => call.reject(call.repeat ? cause : unknown(call.method, cause)))
  }

  /** Ends a call whose caller has left. One that flies stays until it lands, so that its place is known. */
  abandon(call: Call, error: ChatError): void {
    call.reject(error)
    if (!call.flying) this.#remove(call, () => {})
  }

  #remove(call: Call, finish: () => void): void {
    const i = this.#calls.indexOf(call)
    if (i >= 0) this.#calls.splice(i, 1)
    finish()
  }

  /** Whether there is anything to write. */
  get waiting(): boolean {
    return this.#calls.length > this.#flying
  }

  /** Ends all calls, those to come included, with an error. */
  close(error: ChatError): void {
    this.#error ??= error
    for (const call of this.#calls.splice(0)) call.reject(this.#error)
  }
}

/**
 * Whether a call that was answered with an error is to be repeated. repeat says that it
 * may be when nobody knows whether it was done.
 */
export function isPassing(error: ChatError, repeat: boolean): boolean {
  if (!error.retryable) return false
  switch (error.basis) {
    case "rate_limited":
    case "unavailable":
    case "draining":
      return true
    case "unknown_outcome":
      return repeat
    default:
      return false
  }
}

/** Whether a connection was closed for what was written on it, which is then not to be written again. */
function harmful(cause: ChatError): boolean {
  const { unsupported, invalid_data, too_large } = closeCodes
  return cause.basis === "close" && [unsupported, invalid_data, too_large].some((code) => code === cause.code)
}

function unknown(method: string, cause: ChatError): ChatError {
  return new ChatError("unknown_outcome", `${method}: the connection was lost before the answer (${cause.message})`, { cause })
}
