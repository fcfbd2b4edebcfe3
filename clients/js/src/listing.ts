import type { Conversation, ConversationsParams, ConversationsResult } from "./types.gen.js"

/**
 * A list of conversations that was read page by page. Some of it may be newer than its
 * cursor: the events after that, which come, then change nothing.
 */
export class Listing {
  /** All that there is, and not only what has changed. */
  whole: boolean
  cursor = ""
  /** Ids, newest activity first. */
  readonly order: string[] = []
  /** How many are on the first page; on others may be what became active meanwhile. */
  strict = 0
  readonly found = new Map<string, Conversation>()
  readonly left: string[] = []
  /** Those that are not on the first page. */
  readonly loose = new Map<string, boolean>()

  /** Reads all pages of what has changed since a cursor, or of everything without one. */
  static async read(
    ask: (params: ConversationsParams) => Promise<ConversationsResult>,
    since: string,
    limit: number | undefined,
  ): Promise<Listing> {
    const listing = new Listing(since === "")
    const params: ConversationsParams = { ...(since && { since }), ...(limit && { limit }) }
    for (;;) {
      const page = await ask(params)
      listing.#add(page)
      if (!page.next) return listing
      params.page = page.next
    }
  }

  private constructor(whole: boolean) {
    this.whole = whole
  }

  /**
   * Adds a page. A conversation that changed while the list was read is on it twice:
   * the later time counts, since it tells more.
   */
  #add(page: ConversationsResult): void {
    const first = this.cursor === ""
    this.cursor = page.cursor
    this.whole ||= page.reset
    for (const c of page.conversations) {
      if (!first) this.loose.set(c.id, true)
      if (!this.found.has(c.id)) this.order.push(c.id)
      this.found.set(c.id, c)
    }
    if (first) this.strict = this.order.length
    for (const id of page.left) this.found.delete(id)
    this.left.push(...page.left)
  }
}
