import { ChatError } from "./errors.js"
import type { Home } from "./home.js"
import { Recent } from "./recent.js"
import type { Conversation, Message } from "./types.gen.js"

/** The one that is written and read. */
const format = 1

/** A mirror as plain data, which JSON can hold. */
export interface MirrorState {
  readonly format: typeof format
  readonly username: string
  readonly cursor: string
  /** Newest activity first. */
  readonly conversations: readonly ConversationState[]
}

/** A conversation of a {@link MirrorState}. */
export interface ConversationState {
  readonly conversation: Conversation
  readonly messages?: readonly Message[]
  /** A cursor, of the messages. */
  readonly since?: string
}

/** Writes a home. */
export function stateOf(home: Home, username: string): MirrorState {
  const conversations = home.sorted().map(({ conversation, recent }): ConversationState => {
    if (!recent) return { conversation }
    return { conversation, messages: [...recent.messages], ...(recent.since && { since: recent.since }) }
  })
  return { format, username, cursor: home.cursor, conversations }
}

/**
 * Fills a home with a state, which the list of what has changed then brings up to date.
 * A message that the state has and its cursor does not is no harm: the list and the
 * events will say it again.
 */
export function restore(state: MirrorState, home: Home, username: string, keep: number): void {
  if (state.format !== format || state.username !== username) {
    throw new ChatError("other", `state of a mirror: of format ${state.format} and user ${state.username}`)
  }
  home.cursor = state.cursor
  for (const { conversation, messages = [], since = "" } of [...state.conversations].reverse()) {
    const entry = home.put(conversation)
    if (keep > 0 && messages.length > 0) entry.recent = new Recent(messages.slice(-keep), since, keep)
  }
}
