import { delayAfter, type FullBackoff } from "./backoff.js"
import { asObject, type ChatError } from "./errors.js"
import { isPassing } from "./outbox.js"
import { now } from "./time.js"

/**
 * Whose presence the application watches. It is a matter of one connection (clause
 * 12.6.1), so the client asks again on each new one.
 */
export class Watch {
  #usernames: readonly unknown[] = [] // of the application's latest presence that was answered
  #due = false // the server is to be asked again
  #after = 0 // but not before
  #asking = false // it has been, and has not answered
  #tries = 0 // that were refused
  readonly #backoff: FullBackoff

  constructor(backoff: FullBackoff) {
    this.#backoff = backoff
  }

  /** Takes the answer to a presence of the application, with its params. What is being asked meanwhile would take its place. */
  take(params: string): void {
    const given: unknown = JSON.parse(params)
    const usernames = Array.isArray(given) ? given[0] : asObject(given).usernames
    this.#usernames = Array.isArray(usernames) ? usernames : []
    this.#due = this.#asking
  }

  /** Takes the end of the connection. */
  end(): void {
    this.#due = this.#usernames.length > 0
    this.#after = this.#tries = 0
    this.#asking = false
  }

  /** Says after how many milliseconds the server is to be asked: 0 is for now. */
  next(): number {
    return this.#due ? Math.max(0, this.#after - now()) : Infinity
  }

  /** Returns the params to ask with, and waits for told or refused. */
  ask(): string {
    this.#due = false
    this.#asking = true
    return JSON.stringify({ usernames: this.#usernames })
  }

  /** Takes that the server has answered. */
  told(): void {
    this.#asking = false
    this.#tries = 0
  }

  /** Takes that it did not: what passes is asked again, anything else is not, since the server would say the same. */
  refused(error: ChatError): void {
    this.#asking = false
    if (this.#due || !isPassing(error, true)) return
    this.#due = true
    this.#after = now() + delayAfter(this.#backoff, error, this.#tries++)
  }
}
