import type { ChatError } from "./errors.js"
import type { ChatEvent, Item } from "./events.js"

/**
 * Bounds the conversations whose last seq is kept. When there are more, all are
 * forgotten: it is only a second guard against doubles.
 */
const seqsMax = 10_000

/** Somebody who waits for an event. */
export type Waiter = { readonly resolve: (event: ChatEvent | undefined) => void; readonly reject: (error: ChatError) => void }

/**
 * Holds the events between the connection and the application: at most `limit`
 * characters of them, or one. It knows two places in the log: that up to which all
 * events are in it or were handed out, and {@link taken}, up to which they were
 * handed out.
 */
export class Inbox {
  /** The place after the last event that was handed out. */
  taken: string
  #items: Item[] = []
  #size = 0
  #cursor: string
  readonly #seqs = new Map<string, number>()
  readonly #waiters = new Set<Waiter>()
  #error: ChatError | "closed" | undefined
  #wanted = false
  #subscribed = false // the connection is, as far as we know
  #open = false // events are taken; false when it has to subscribe for that
  readonly #limit: number
  readonly #onRoom: () => void

  /** onRoom is called when there is room again for what was let go of. */
  constructor(limit: number, cursor: string, onRoom: () => void) {
    this.#limit = limit
    this.#cursor = this.taken = cursor
    this.#onRoom = onRoom
  }

  /** Sets the place to begin from, unless there is one. */
  start(cursor: string): void {
    if (this.#cursor === "") this.#cursor = this.taken = cursor
  }

  /** Sets the place to begin from anew, unless events were asked for already. */
  skip(cursor: string): void {
    if (!this.#wanted) this.#cursor = this.taken = cursor
  }

  /** Asks for events from now on. */
  want(): void {
    this.#wanted = true
  }

  /**
   * Says what the server should be asked for next. It is to subscribe with the buffer
   * half empty, so that a slow application does not make it do so for every event.
   */
  due(): { subscribe: string } | "unsubscribe" | undefined {
    if (!this.#wanted || this.#open) return undefined
    if (this.#size <= this.#limit / 2) return { subscribe: this.#cursor }
    return this.#subscribed ? "unsubscribe" : undefined
  }

  /** Takes the answer to a subscribe, before any event that follows it. */
  begin(cursor: string, reset: boolean): void {
    this.#subscribed = this.#open = true
    if (!reset) return
    this.#cursor = cursor
    this.#seqs.clear()
    this.#push({ event: { type: "reset", cursor }, cursor, size: 0 })
  }

  /** Takes the end of the subscription, or of its connection. */
  end(): void {
    this.#subscribed = this.#open = false
  }

  /**
   * Takes an event. It returns false when there is no room: then this event and those
   * that follow are left to a later subscription.
   */
  put(item: Item): boolean {
    if (!this.#open || item.cursor === this.#cursor) return true
    const told = this.#again(item)
    if (!told) return true
    if (this.#items.length > 0 && this.#size + item.size > this.#limit) {
      this.#open = false
      return false
    }
    if (item.message) this.#note(item.message.conversation, item.message.seq)
    this.#cursor = item.cursor
    this.#push(told)
    return true
  }

  /** What is left of an event to tell, after what was told before: nothing of a message that comes again as it was. */
  #again(item: Item): Item | undefined {
    const { message, event } = item
    if (!message || message.seq > (this.#seqs.get(message.conversation) ?? 0)) return item
    return message.rev > 1 ? { ...item, event: { ...event, type: "message_updated" } as ChatEvent } : undefined
  }

  #note(conversation: string, seq: number): void {
    if (this.#seqs.size >= seqsMax) this.#seqs.clear()
    this.#seqs.set(conversation, Math.max(seq, this.#seqs.get(conversation) ?? 0))
  }

  /** Takes a cursor that all events up to it were received before. */
  advance(cursor: string): void {
    if (!this.#open || cursor === "") return
    this.#cursor = cursor
    const last = this.#items.at(-1)
    if (last) last.cursor = cursor
    else this.taken = cursor
  }

  /** Hands the next event to a waiter; undefined after the client was closed. */
  next(waiter: Waiter): void {
    this.#waiters.add(waiter)
    this.#serve()
  }

  /** Takes a waiter back. */
  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter)
  }

  /** Ends the events after those that are there: with an error, or in good form. */
  close(error: ChatError | "closed"): void {
    this.#error ??= error
    this.#serve()
  }

  #push(item: Item): void {
    this.#items.push(item)
    this.#size += item.size
    this.#serve()
  }

  /** Hands out what there is to those who wait. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      const item = this.#items.shift()
      if (!item && !this.#error) return
      this.#waiters.delete(waiter)
      if (item) {
        this.#size -= item.size
        this.taken = item.cursor
        waiter.resolve(item.event)
      } else if (this.#error === "closed") waiter.resolve(undefined)
      else waiter.reject(this.#error!)
    }
    if (this.#wanted && !this.#open && this.#size <= this.#limit / 2) this.#onRoom()
  }
}
