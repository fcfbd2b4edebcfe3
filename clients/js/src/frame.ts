import { ChatError, answerError } from "./errors.js"

/** What the server may say in one message. */
export type Frame =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ChatError }
  | { readonly method: string; readonly params: unknown }

/**
 * Reads a message. It returns undefined for one that is to be skipped (an answer to
 * no request of ours), and throws a `protocol` error for what is not JSON-RPC 2.0:
 * not JSON, neither request nor answer, or with both a result and an error.
 */
export function decode(data: unknown): Frame | undefined {
  const frame = parse(data)
  const isRequest = frame.method !== undefined
  const failed = frame.error !== undefined && frame.error !== null
  const isAnswer = frame.result !== undefined || failed
  if (frame.jsonrpc !== "2.0") throw violated("a message without version 2.0")
  if (isRequest === isAnswer) throw violated("neither a request nor an answer")
  if (frame.result !== undefined && failed) throw violated("an answer with both a result and an error")
  if (isRequest) {
    if (typeof frame.method !== "string") throw violated("a method that is no string")
    return frame.id === undefined ? { method: frame.method, params: frame.params } : undefined
  }
  if (typeof frame.id !== "number") return undefined
  return failed ? { id: frame.id, error: answerError(frame.error) } : { id: frame.id, result: frame.result }
}

function parse(data: unknown): { [name: string]: unknown } {
  if (typeof data !== "string") throw violated("a binary message")
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (cause) {
    throw violated("not JSON", cause)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw violated("not an object")
  return value as { [name: string]: unknown }
}

/** The error of a connection on which the server broke the protocol. */
export function violated(how: string, cause?: unknown): ChatError {
  return new ChatError("protocol", `protocol violated by the server: ${how}`, { retryable: true, cause })
}

/** How much a request has beside its params: in bytes, and in depth. */
export const envelope = { bytes: 128, depth: 1 }

/**
 * Writes params as JSON. What the server could only answer with a parse error, which
 * names no request, is refused here: half surrogate pairs, and what is no JSON.
 */
export function encode(method: string, params: unknown): string {
  if (halfPair.test(JSON.stringify(method))) throw new ChatError("parse", "the method holds half a surrogate pair")
  let text: string | undefined
  try {
    text = JSON.stringify(params)
  } catch (cause) {
    throw new ChatError("parse", `${method}: params are no JSON`, { cause })
  }
  if (text !== undefined && halfPair.test(text)) throw new ChatError("parse", `${method}: params hold half a surrogate pair`)
  return text ?? ""
}

/** JSON.stringify escapes half surrogate pairs, and nothing else in their range. */
const halfPair = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/** How many bytes of UTF-8 a text has. */
export const bytes = (text: string): number => new TextEncoder().encode(text).length

/** How many arrays and objects are inside each other in a JSON text. */
export function depth(json: string): number {
  let deepest = 0
  let level = 0
  for (const [mark] of json.replace(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/[[{}\]]/g)) {
    level += mark === "[" || mark === "{" ? 1 : -1
    deepest = Math.max(deepest, level)
  }
  return deepest
}
