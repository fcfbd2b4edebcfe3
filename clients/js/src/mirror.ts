import { delay } from "./backoff.js"
import type { CallOptions, Method, Params, Result } from "./calls.js"
import type { Client } from "./client.js"
import type { Entry } from "./entry.js"
import { move, type Markers } from "./entry.js"
import { basis, ChatError } from "./errors.js"
import type { ChatEvent } from "./events.js"
import { Home } from "./home.js"
import { Listing } from "./listing.js"
import { Recent } from "./recent.js"
import { refresh } from "./refresh.js"
import { restore, stateOf, type MirrorState } from "./state.js"
import { rest } from "./time.js"
import { Turn } from "./turn.js"
import type { Conversation, Message } from "./types.gen.js"
import { Changes } from "./changes.js"

/** What a mirror begins with and keeps. */
export interface MirrorOptions {
  /** What {@link Mirror.state} of an earlier mirror of the same user returned: only what changed since is asked for. */
  state?: MirrorState | undefined
  /** How many of the newest messages of a conversation are kept, once {@link Mirror.messages} has asked for them; 0 unless set. */
  messages?: number | undefined
}

/** Says that something in a mirror is different. */
export interface Change {
  /** The id of the conversation that is different, or is no longer there; "" says to look at all of them anew. */
  readonly conversation: string
  /** What happened; absent at the beginning. */
  readonly event?: ChatEvent
}

/** Makes a call on behalf of a mirror. */
export type Ask = <M extends Method>(method: M, params: Params<M>) => Promise<Result<M>>

/**
 * A user's home screen, kept up to date on this side: the conversations with their last
 * messages, what is unread, markers and preferences. When it has caught up, {@link home}
 * is what `conversations` would answer to a fresh login.
 *
 * It moves while somebody loops over {@link changes}; only one such loop may run at a
 * time. It takes the client's events: who wants to see these finds them in the changes.
 *
 * Events are applied by what they say, messages by seq and rev, markers by the larger
 * one, so one that comes again changes nothing. What an event leaves open is asked for.
 * What a mirror hands out is shared and must not be changed.
 */
export class Mirror {
  readonly #client: Client
  readonly #user: string
  readonly #keep: number
  readonly #home: Home
  /**
   * Is held while something that the server said is being applied. No event is, then,
   * between a question and its answer: so an answer is never older than what it is put
   * in place of. It may be newer than the events; those that follow then change nothing.
   */
  readonly #turn = new Turn()
  #filled = false // the list was read
  #held: ChatEvent | undefined // waits for the turn

  /** Makes a mirror for a client that is logged in. It asks the server nothing yet. It throws for a state that is another user's. */
  constructor(client: Client, options: MirrorOptions = {}) {
    if (!client.login) throw new ChatError("unauthenticated", "a mirror needs a login")
    this.#client = client
    this.#user = client.login.user.username
    this.#keep = options.messages ?? 0
    this.#home = new Home(this.#user)
    if (options.state) restore(options.state, this.#home, this.#user, this.#keep)
  }

  /** The conversations, newest activity first. */
  home(): Conversation[] {
    return this.#home.sorted().map((e) => e.conversation)
  }

  /** One of the conversations, by its id or by the username of the peer of a direct one. */
  conversation(which: string): Conversation | undefined {
    return this.#home.find(which)?.conversation
  }

  /**
   * Fills the mirror, keeps it up to date, and yields what is different after it is. The
   * first change is that of the filling; those that follow come in the order of the
   * server's log. The loop ends as that of {@link Client.events} does; a later one goes on
   * where it ended.
   */
  changes(options: CallOptions = {}): AsyncIterableIterator<Change> {
    return new Changes(
      () => this.#held !== undefined || !this.#filled || this.#home.stale.size > 0,
      (event) => this.#take(event ?? this.#held, options.signal),
      () => this.#client.events(options),
    )
  }

  /**
   * The newest messages of a conversation, seq ascending: up to
   * {@link MirrorOptions.messages}, or all that the user may see. The first call asks the
   * server, and so does one after time offline in which something changed there;
   * otherwise the mirror has them.
   */
  messages(which: string, options: CallOptions = {}): Promise<Message[]> {
    return this.#on(which, options.signal, async (e, ask) => {
      const messages = await refresh(ask, e, this.#keep, this.#client.login?.limits.page_max)
      if (this.#keep > 0) e.recent = new Recent([...messages], "", this.#keep)
      return [...messages]
    })
  }

  /**
   * How far each member of a conversation has read, the user included, where the server
   * lets that be seen: it does in direct conversations and small groups, of those who
   * allow it. Who sends has read what was there. The first call asks the server, and so
   * does one after somebody came or left; otherwise the mirror has them.
   */
  markers(which: string, options: CallOptions = {}): Promise<Map<string, number>> {
    return this.#on(which, options.signal, async (e, ask) => {
      if (!e.markers) {
        const read: Markers = new Map()
        // Where markers are to be seen, all members are on one page.
        const { members } = await ask("members", { with: e.conversation.id })
        for (const m of members) move(read, m.username, m.read_seq ?? 0)
        e.markers = read
      }
      return new Map(e.markers)
    })
  }

  /**
   * The mirror as plain data, for {@link MirrorOptions.state} of a later one. It holds
   * what the user may see, and so is as secret as that. It stands at a place of the log
   * where all before is applied, also after the client was closed.
   */
  state(): MirrorState {
    return stateOf(this.#home, this.#user)
  }

  /** Applies an event, if there is one, and asks for what is open then. When that fails, it is for the next loop to do. */
  #take(event: ChatEvent | undefined, signal: AbortSignal | undefined): Promise<Change> {
    this.#held = event
    return this.#turn.hold(signal, async () => {
      const conversation = event ? this.#apply(event) : ""
      this.#held = undefined
      await this.#mend(this.#asker(signal))
      return event ? { conversation, event } : { conversation }
    })
  }

  #apply(event: ChatEvent): string {
    if (event.type === "reset") {
      this.#filled = false
      this.#home.cursor = ""
    }
    return this.#home.apply(event)
  }

  /** Asks for all that is known to be wrong. Only when nothing is, the cursor moves. */
  async #mend(ask: Ask): Promise<void> {
    const home = this.#home
    if (!this.#filled) {
      const listing = await Listing.read((params) => ask("conversations", params), home.cursor, this.#client.login?.limits.page_max)
      this.#client.skip(listing.cursor)
      home.fill(listing)
      this.#filled = true
    }
    for (const id of home.stale) {
      await this.#renew(ask, id)
      home.stale.delete(id)
    }
    home.cursor = this.#client.cursor
  }

  /** Reads a conversation anew. */
  async #renew(ask: Ask, id: string): Promise<void> {
    try {
      this.#home.putAhead((await ask("conversation", { with: id })).conversation)
    } catch (error) {
      if (basis(error) !== "not_found") throw error
      this.#home.entries.delete(id) // left, as an event will tell
    }
  }

  /** Finds a conversation, and does something with it while no event is applied. */
  #on<T>(which: string, signal: AbortSignal | undefined, f: (e: Entry, ask: Ask) => Promise<T>): Promise<T> {
    return this.#turn.hold(signal, async () => {
      const entry = this.#home.find(which)
      if (!entry) throw new ChatError("not_found", "no such conversation")
      return f(entry, this.#asker(signal))
    })
  }

  /** Makes calls that a mirror cannot do without: they are tried again after a bug of the server too, up to the end of the signal. */
  #asker(signal: AbortSignal | undefined): Ask {
    const call = this.#client.call.bind(this.#client) as (method: string, params: unknown, options: CallOptions) => Promise<any>
    return async (method, params) => {
      for (let tries = 0; ; tries++) {
        try {
          return await call(method, params, { signal })
        } catch (error) {
          if (basis(error) !== "internal" || !(error as ChatError).retryable) throw error
          if (!(await rest(delay(this.#client.backoff, tries), signal))) throw error
        }
      }
    }
  }
}
