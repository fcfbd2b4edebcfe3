import { ChatError } from "./errors.js"
import type { ChatEvent } from "./events.js"
import type { Inbox, Waiter } from "./inbox.js"
import { onAbort } from "./time.js"

type Next = IteratorResult<ChatEvent, undefined>

const end: Next = { done: true, value: undefined }

/** A loop over the events. Each is taken when it is asked for, and not before. */
export class EventStream implements AsyncIterableIterator<ChatEvent> {
  #over = false
  readonly #inbox: Inbox
  readonly #signal: AbortSignal | undefined
  readonly #asked = new Set<Waiter>()

  constructor(inbox: Inbox, signal: AbortSignal | undefined) {
    this.#inbox = inbox
    this.#signal = signal
    inbox.want()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Resolves to the next event. It throws once; after that the loop is over. */
  next(): Promise<Next> {
    if (this.#over) return Promise.resolve(end)
    return new Promise((resolve, reject) => {
      const settle = (f: () => void, over: boolean) => {
        this.#asked.delete(waiter)
        this.#over ||= over
        detach?.()
        f()
      }
      const waiter: Waiter = {
        resolve: (event) => settle(() => resolve(event ? { done: false, value: event } : end), !event),
        reject: (error) => settle(() => reject(error), true),
      }
      let detach: (() => void) | undefined
      this.#asked.add(waiter)
      detach = onAbort(this.#signal, () => {
        this.#inbox.forget(waiter)
        waiter.reject(new ChatError("cancelled", "events: cancelled", { cause: this.#signal?.reason }))
      })
      if (!this.#over) this.#inbox.next(waiter)
    })
  }

  /** Ends the loop, also for those who wait for its next event. */
  return(): Promise<Next> {
    this.#over = true
    for (const waiter of this.#asked) {
      this.#inbox.forget(waiter)
      waiter.resolve(undefined)
    }
    return Promise.resolve(end)
  }
}
