import type { Entry } from "./entry.js"
import { basis } from "./errors.js"
import type { Ask } from "./mirror.js"
import { Recent } from "./recent.js"
import type { HistoryParams, HistoryResult, Message } from "./types.gen.js"

/**
 * Returns the newest messages of a conversation. Reading them all anew is what it does
 * when it knows nothing better, or too much was missed.
 */
export async function refresh(ask: Ask, e: Entry, keep: number, pageMax: number | undefined): Promise<Message[]> {
  const { recent, conversation } = e
  const first = recent?.messages[0]
  if (recent && first && recent.since === "") return recent.messages
  if (recent && first && conversation.last_seq - recent.last <= keep) {
    const messages = await catchUp(ask, conversation.id, recent, first.seq - 1, keep)
    if (messages) return messages
  }
  return newest(ask, conversation.id, keep, pageMax)
}

/** Reads what has changed in messages that were kept; undefined when that does not do. */
async function catchUp(ask: Ask, id: string, recent: Recent, after: number, keep: number): Promise<Message[] | undefined> {
  const fresh = new Recent([...recent.messages], "", keep)
  for (;;) {
    let page: HistoryResult
    try {
      page = await ask("history", { with: id, after, since: recent.since })
    } catch (error) {
      if (basis(error) === "invalid_params") return undefined // another log
      throw error
    }
    if (!fresh.take(page)) return undefined
    const last = page.messages.at(-1)
    if (!page.has_more.after || !last) return fresh.messages
    after = last.seq
  }
}

async function newest(ask: Ask, id: string, keep: number, pageMax = keep): Promise<Message[]> {
  let messages: Message[] = []
  while (messages.length < keep) {
    const first = messages[0]
    const params: HistoryParams = { with: id, limit: Math.min(keep - messages.length, pageMax) }
    const page = await ask("history", first ? { ...params, before: first.seq } : params)
    messages = [...page.messages, ...messages]
    if (!page.has_more.before || page.messages.length === 0) break
  }
  return messages
}
