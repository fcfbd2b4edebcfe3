import { asObject } from "./errors.js"
import { violated } from "./frame.js"
import { events } from "./types.gen.js"
import type { ConversationEvent, EventName, MessageEvent, Presence, ReadEvent, TypingEvent } from "./types.gen.js"

/** A message was sent. */
export type Sent = MessageEvent & { type: "message" }
/** A message was edited, deleted or reacted to: it is told as it is now. */
export type Updated = MessageEvent & { type: "message_updated" }
/** Somebody has read up to a message. */
export type Read = ReadEvent & { type: "read" }
/** A conversation was opened or has changed. */
export type Changed = ConversationEvent & { type: "conversation" }
/**
 * Events are missing: the place to resume from cannot be continued from, since the
 * server's log was restored or is another one. What the application shows is to be
 * taken anew. The events after it come from its cursor on.
 */
export type Reset = { type: "reset"; cursor: string }

/**
 * What happens, by its `type`. Others may be added; ignore what you do not know.
 */
export type ChatEvent = Sent | Updated | Read | Changed | Reset

/** What has no place in the log: it is told as it comes, and may be dropped. */
export type EphemeralEvent = (TypingEvent & { type: "typing" }) | (Presence & { type: "presence" })

/** An event on its way to the application. */
export interface Item {
  readonly event: ChatEvent
  /** The place after it. */
  cursor: string
  /** In characters, as it came. */
  readonly size: number
  /** Of a message. */
  readonly message?: { readonly conversation: string; readonly seq: number; readonly rev: number }
}

const specOf = (name: string) => (Object.hasOwn(events, name) ? events[name as EventName] : undefined)

/** Reads an event of the log; undefined for any other. It throws for a broken one. */
export function itemOf(name: string, raw: unknown, size: number): Item | undefined {
  if (!specOf(name)?.durable) return undefined
  const params = asObject(raw)
  const { cursor } = params
  if (typeof cursor !== "string" || cursor === "") throw violated(`event ${name}: no cursor`)
  const event = { ...params, type: name } as ChatEvent
  switch (name) {
    case "message":
    case "message_updated": {
      const message = asObject(params.message)
      const { conversation, seq, rev } = message
      if (typeof conversation !== "string" || !isSeq(seq) || !isSeq(rev)) throw violated(`event ${name}: no message`)
      return name === "message" ? { event, cursor, size, message: { conversation, seq, rev } } : { event, cursor, size }
    }
    case "read":
      if (!isSeq(params.seq)) throw violated("event read: no seq")
  }
  if (typeof params.conversation !== "string") throw violated(`event ${name}: no conversation`)
  return { event, cursor, size }
}

/** Reads an ephemeral event; undefined for any other. */
export function ephemeralOf(name: string, params: unknown): EphemeralEvent | undefined {
  return specOf(name)?.ephemeral ? ({ ...asObject(params), type: name } as EphemeralEvent) : undefined
}

/** Whether a value is a number of messages, which is exact up to 2^53. */
const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
