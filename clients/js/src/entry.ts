import { Recent } from "./recent.js"
import { mentions, Tail } from "./tail.js"
import type { Conversation, ConversationEvent, Message } from "./types.gen.js"

/** How many members a conversation names. */
const membersShown = 10

/** How far the members of a conversation have read. */
export type Markers = Map<string, number>

/** Moves a marker forward. */
export function move(markers: Markers | undefined, username: string, seq: number): void {
  if (markers && seq > (markers.get(username) ?? 0)) markers.set(username, seq)
}

/**
 * A conversation in a mirror. What applies something to it returns false when the
 * conversation must be read anew.
 */
export class Entry {
  /** Is replaced and never changed, since mirrors hand it out. */
  conversation: Conversation
  /** Those with newer activity have higher ones. */
  rank = 0
  /** Undefined until somebody asks. */
  recent: Recent | undefined
  /** Undefined until somebody asks. */
  markers: Markers | undefined
  #tail: Tail
  readonly #user: string

  constructor(c: Conversation, user: string) {
    this.conversation = c
    this.#user = user
    this.#tail = new Tail(c, user)
  }

  /** Takes the conversation as it was just read. */
  put(c: Conversation): void {
    this.conversation = c
    this.#tail = new Tail(c, this.#user)
    this.markers = undefined
  }

  #set(change: Partial<Conversation>): true {
    this.conversation = { ...this.conversation, ...change }
    return true
  }

  /** Applies a message that was sent. */
  message(m: Message): boolean {
    const c = this.conversation
    if (m.seq <= c.last_seq) return this.update(m)
    if (c.last_seq !== 0 && m.seq !== c.last_seq + 1) return false // one is missing, or it was seen only after it had left
    this.#set({ last_seq: m.seq, last_message: m })
    this.#tail.add(m)
    if (m.sender === this.#user) return this.read(m.seq)
    if (m.seq <= c.read_seq || m.deleted) return true
    return this.#set({ unread: c.unread + 1, mentions: c.mentions + Number(mentions(m, this.#user)) })
  }

  /** Applies a message that may have been seen in an earlier version. */
  update(m: Message): boolean {
    const c = this.conversation
    if (m.seq > c.last_seq) return false
    if (m.seq === c.last_seq && m.rev > (c.last_message?.rev ?? 0)) this.#set({ last_message: m })
    if (!m.deleted) return true
    const known = this.#tail.at(m.seq)
    if (!known) return m.seq <= c.read_seq
    if (m.seq > c.read_seq && !known.gone) {
      this.#set({ unread: c.unread - 1, mentions: c.mentions - Number(known.mentions) })
    }
    return (known.gone = true)
  }

  /** Applies the user's own marker. */
  read(seq: number): boolean {
    const c = this.conversation
    if (seq <= c.read_seq) return true
    // What is replayed may be ahead of its messages.
    const counts = seq >= c.last_seq ? { unread: 0, mentions: 0 } : this.#tail.count(seq)
    this.#set({ read_seq: seq, ...counts })
    return counts !== undefined
  }

  /** Applies what happened to the conversation, and to others in it. */
  change(e: ConversationEvent): boolean {
    const own = e.username === this.#user
    switch (e.change) {
      case "joined":
        return !own && this.#join(e) // what it was before is over
      case "left":
        return this.#leave(e)
      case "renamed":
        return this.#set({ name: e.name ?? "" })
      case "state":
        return e.state === undefined ? false : this.#set({ state: e.state })
      case "role":
        return !own || (e.role !== undefined && this.#set({ role: e.role }))
      case "preferences":
        if (e.muted === undefined || e.pinned === undefined) return false
        return this.#set({ muted: e.muted, pinned: e.pinned })
      default:
        return true // also a change that is not known here
    }
  }

  /** Adds another member, if it is among the first few. */
  #join(e: ConversationEvent): boolean {
    const members = new Set(this.conversation.members)
    if (e.username) members.add(e.username)
    return this.#counted([...members].sort().slice(0, membersShown), e.member_count)
  }

  /** Takes away another member. */
  #leave(e: ConversationEvent): boolean {
    return this.#counted((this.conversation.members ?? []).filter((m) => m !== e.username), e.member_count)
  }

  /** Takes the members. It returns false when those who are known are not the first few. */
  #counted(members: string[], count = 0): boolean {
    this.markers = undefined // who may be seen depends on it
    this.#set({ members, member_count: count })
    return members.length === Math.min(count, membersShown)
  }
}
