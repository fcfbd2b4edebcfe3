import type { ChatEvent } from "./events.js"
import { Entry, move } from "./entry.js"
import type { Listing } from "./listing.js"
import type { Changed } from "./events.js"
import type { Conversation } from "./types.gen.js"

/** The conversations of a mirror, in their order. */
export class Home {
  readonly entries = new Map<string, Entry>()
  /** Conversations that are to be asked for. */
  readonly stale = new Set<string>()
  /** All events up to here are applied. */
  cursor = ""
  /**
   * Conversations that may not be in their place before the event of their last message
   * says so, although it tells nothing new: it was on its way when they were read. With
   * true, that of their creation or joining may be too.
   */
  #loose = new Map<string, boolean>()
  #top = 0 // the highest rank
  readonly #user: string

  constructor(user: string) {
    this.#user = user
  }

  /** Newest activity first. */
  sorted(): Entry[] {
    return [...this.entries.values()].sort((a, b) => b.rank - a.rank)
  }

  /** Finds a conversation by its id or by the username of the peer of a direct one. */
  find(which: string): Entry | undefined {
    if (which.startsWith("c:")) return this.entries.get(which)
    return [...this.entries.values()].find((e) => e.conversation.with === which)
  }

  /** Puts a list that was read in place of what is there, or into it. */
  fill(l: Listing): void {
    if (l.whole) this.entries.clear()
    this.#arrange(l)
    for (const id of l.left) if (!l.found.has(id)) this.entries.delete(id)
    this.#loose = l.loose
    this.stale.clear()
  }

  /**
   * Puts what was listed in its place. Of a list of what has changed, those with new
   * activity come first; the others stay where they were among those that have not
   * changed. What became active while the list was read may be at its end: its event puts
   * it in its place, although it tells nothing new.
   */
  #arrange(l: Listing): void {
    const listed = l.order.map((id) => l.found.get(id))
    // How many have new activity, since one behind them has.
    const sure = listed.slice(0, l.strict).findLastIndex((c) => c && this.#isActive(c)) + 1
    for (let i = listed.length - 1; i >= 0; i--) {
      const c = listed[i]
      if (!c) continue
      const active = i < sure || this.#isActive(c)
      const entry = this.put(c)
      if (active) this.#touch(entry)
    }
  }

  /** Whether a conversation has been active since it was seen last. */
  #isActive(c: Conversation): boolean {
    const before = this.entries.get(c.id)?.conversation
    return before?.last_seq !== c.last_seq || before.joined_at !== c.joined_at
  }

  /** Puts a conversation that was just read into its place. What is kept of it is to be refreshed, if it goes on at all. */
  put(c: Conversation): Entry {
    const before = this.entries.get(c.id)
    const entry = before ?? new Entry(c, this.#user)
    this.entries.set(c.id, entry)
    if (!before || entry.conversation.joined_at !== c.joined_at) {
      entry.recent = undefined // it may not be theirs to see any more
      this.#touch(entry)
    }
    entry.recent?.age(this.cursor)
    entry.put(c)
    return entry
  }

  /** Puts a conversation that may have messages whose events are on their way. */
  putAhead(c: Conversation): void {
    const before = this.entries.get(c.id)?.conversation
    this.put(c)
    if (c.last_message && (before?.last_seq ?? -1) < c.last_seq && !this.#loose.has(c.id)) this.#loose.set(c.id, false)
  }

  /** Notes that a conversation has the newest activity of all. */
  #touch(e: Entry): void {
    e.rank = ++this.#top
    this.#loose.delete(e.conversation.id)
  }

  /** Applies an event, and returns the id of the conversation that it is about, "" for all. */
  apply(event: ChatEvent): string {
    switch (event.type) {
      case "message": {
        const m = event.message
        return this.#on(m.conversation, (e) => {
          const { last_seq } = e.conversation
          if (m.seq > last_seq || (m.seq === last_seq && this.#loose.has(m.conversation))) this.#touch(e)
          move(e.markers, m.sender, m.seq)
          e.recent?.put(m)
          return e.message(m)
        })
      }
      case "message_updated":
        return this.#on(event.message.conversation, (e) => {
          e.recent?.replace(event.message)
          return e.update(event.message)
        })
      case "read":
        return this.#on(event.conversation, (e) => {
          move(e.markers, event.username, event.seq)
          return event.username !== this.#user || e.read(event.seq)
        })
      case "conversation":
        return this.#change(event)
      default:
        return ""
    }
  }

  /** Applies what happened to a conversation. */
  #change(event: Changed): string {
    const id = event.conversation
    const own = event.username === this.#user
    const entry = this.entries.get(id)
    if (own && event.change === "left") {
      this.entries.delete(id)
      this.stale.delete(id)
      this.#loose.delete(id)
      return id
    }
    const opened = event.change === "created" || (own && event.change === "joined")
    if (entry && opened && this.#loose.get(id)) this.#touch(entry)
    return this.#on(id, (e) => e.change(event))
  }

  #on(id: string, change: (e: Entry) => boolean): string {
    const entry = this.entries.get(id)
    if (!entry || !change(entry)) this.stale.add(id)
    return id
  }
}
