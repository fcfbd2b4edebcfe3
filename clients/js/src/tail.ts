import type { Conversation, Message } from "./types.gen.js"

/** Bounds the messages of a conversation of which a tail is known. */
const tailMax = 256

/** Of a message: whether it never counts, since it is deleted or the user's own, and whether it mentions the user. */
type Mark = { gone: boolean; readonly mentions: boolean }

/**
 * What is known of the last messages of a conversation, one after another without a
 * hole: what it takes to count the unread ones again when a marker moves among them or
 * one of them is deleted. It agrees with the counts of its conversation. So it begins
 * with the last message whenever these are read anew: of a message before it nobody
 * knows whether the counts have seen its deletion, of which an event may still be on
 * its way.
 */
export class Tail {
  #from = 0 // seq of the first one
  #marks: Mark[] = []
  readonly #user: string

  /** Of a conversation that was just read. */
  constructor(c: Conversation, user: string) {
    this.#user = user
    if (c.last_message) this.add(c.last_message)
  }

  /** Adds the message after the last one, or the first one. */
  add(m: Message): void {
    if (this.#marks.length === 0) this.#from = m.seq
    this.#marks.push({ gone: !!m.deleted || m.sender === this.#user, mentions: mentions(m, this.#user) })
    if (this.#marks.length > tailMax) {
      this.#marks.shift()
      this.#from++
    }
  }

  /** Returns the mark of a message, undefined when it is not known. */
  at(seq: number): Mark | undefined {
    return this.#marks[seq - this.#from]
  }

  /** Counts the unread messages and mentions after a seq, when all of them are known. */
  count(after: number): { unread: number; mentions: number } | undefined {
    if (after + 1 < this.#from) return undefined
    const counted = this.#marks.slice(after + 1 - this.#from).filter((m) => !m.gone)
    return { unread: counted.length, mentions: counted.filter((m) => m.mentions).length }
  }
}

/** Whether a message mentions a user. */
export const mentions = (m: Message, user: string): boolean => m.mentions?.includes(user) ?? false
