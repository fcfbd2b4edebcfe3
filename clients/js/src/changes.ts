import { basis } from "./errors.js"
import type { ChatEvent } from "./events.js"
import type { Change } from "./mirror.js"

type Next = IteratorResult<Change, undefined>

const end: Next = { done: true, value: undefined }

/** A loop over the changes of a mirror. */
export class Changes implements AsyncIterableIterator<Change> {
  #events: AsyncIterableIterator<ChatEvent> | undefined
  #over = false
  #last: Promise<unknown> = Promise.resolve()
  readonly #open: () => boolean
  readonly #take: (event?: ChatEvent) => Promise<Change>
  readonly #follow: () => AsyncIterableIterator<ChatEvent>

  /** open says whether there is something to do before the next event, take does that or applies the event, follow begins with the events. */
  constructor(open: () => boolean, take: (event?: ChatEvent) => Promise<Change>, follow: () => AsyncIterableIterator<ChatEvent>) {
    this.#open = open
    this.#take = take
    this.#follow = follow
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Resolves to the next change, after those that were asked for before. */
  next(): Promise<Next> {
    const next = this.#last.then(() => this.#step())
    this.#last = next.catch(() => {})
    return next
  }

  /** Ends the loop, also for those who wait for its next change. */
  async return(): Promise<Next> {
    this.#over = true
    await this.#events?.return?.()
    return end
  }

  async #step(): Promise<Next> {
    if (this.#over) return end
    try {
      if (this.#open()) return { done: false, value: await this.#take() }
      this.#events ??= this.#follow()
      const event = await this.#events.next()
      return event.done ? end : { done: false, value: await this.#take(event.value) }
    } catch (error) {
      this.#over = true
      if (basis(error) === "closed") return end
      throw error
    }
  }
}
