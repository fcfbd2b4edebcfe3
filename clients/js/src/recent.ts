import type { HistoryResult, Message } from "./types.gen.js"

/** The newest messages of a conversation, up to `keep`, seq ascending, without a hole. */
export class Recent {
  messages: Message[]
  /** A cursor, after which they do not say what was sent and what has changed; "" when they do. */
  since: string
  readonly #keep: number

  constructor(messages: Message[], since: string, keep: number) {
    this.messages = messages
    this.since = since
    this.#keep = keep
  }

  get last(): number {
    return this.messages.at(-1)?.seq ?? 0
  }

  /** Notes that nothing after a cursor is known. */
  age(cursor: string): void {
    if (this.since === "") this.since = cursor
  }

  /** Applies a page, and returns false when there is a hole before it. */
  take(page: HistoryResult): boolean {
    for (const m of page.messages) {
      this.put(m)
      if (m.seq > this.last) return false
    }
    this.messages = this.messages.filter((m) => m.seq >= page.first_seq)
    return true
  }

  /** Applies a message. One behind a hole is left out: who sees the hole reads anew. */
  put(m: Message): void {
    if (this.since !== "") return
    if (this.messages.length > 0 && m.seq <= this.last) this.replace(m)
    else if (this.messages.length === 0 || m.seq === this.last + 1) {
      this.messages.push(m)
      if (this.messages.length > this.#keep) this.messages.shift()
    }
  }

  /** Applies a newer version of a message that is kept. */
  replace(m: Message): void {
    const i = m.seq - (this.messages[0]?.seq ?? 0)
    const known = this.messages[i]
    if (this.since === "" && known && m.rev > known.rev) this.messages[i] = m
  }
}
