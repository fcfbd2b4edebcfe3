import { errorKinds, type ErrorKind as ServerKind } from "./types.gen.js"
import { millis } from "./time.js"

/**
 * What went wrong, for programs. Those of {@link ServerKind} are said by the server, and
 * `unknown_outcome` also by the client, of a command whose answer was lost. The
 * others no answer of the server has brought:
 *
 * - `close`: the server closed the connection, for good or because of this call;
 *   `code` is the close code
 * - `closed`: the client was closed by the application
 * - `cancelled`: the signal was aborted; `cause` is its reason
 * - `unreachable`, `lost`, `silent`: there is no connection, it was cut, or a
 *   request was not answered in time
 * - `protocol`, `version`: what the server says is not this protocol, or not this
 *   version of it
 * - `other`: a function in the options failed; `cause` is its error
 *
 * A newer server may have kinds that are not listed here: {@link ChatError.basis} falls
 * back on the code.
 */
export type ErrorKind = ServerKind | LocalKind | (string & {})

/** The kinds of error that the client makes by itself. */
export type LocalKind =
  | "close"
  | "closed"
  | "cancelled"
  | "unreachable"
  | "lost"
  | "silent"
  | "protocol"
  | "version"
  | "other"

/** What {@link ChatError} may know beside its kind and message. */
export interface ErrorDetails {
  code?: number | undefined
  basis?: ErrorKind | undefined
  retryable?: boolean | undefined
  retryAfterMs?: number | undefined
  pointer?: string | undefined
  incident?: string | undefined
  cause?: unknown
}

/** The one class of all errors of this package. */
export class ChatError extends Error {
  /** `AbortError` for what was `cancelled`, which is what programs look for after an abort. */
  override readonly name: "ChatError" | "AbortError"
  /** As the server said it, or as listed above. */
  readonly kind: ErrorKind
  /** The kind to decide by: `kind` or, of one that is not known here, the first that has its code. */
  readonly basis: ErrorKind
  /** The code of the error object, or the close code of a `close`, else 0. */
  readonly code: number
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** How long the server asks to wait before that, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The JSON pointer (RFC 6901) of the param that was wrong, relative to params. */
  readonly pointer: string | undefined
  /** Names the entry in the server's log that tells more. */
  readonly incident: string | undefined

  /** Applications need this for their tests at most. */
  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined)
    const row = Object.hasOwn(errorKinds, kind) ? errorKinds[kind as ServerKind] : undefined
    this.kind = kind
    this.code = details.code ?? row?.code ?? 0
    this.basis = details.basis ?? (this.code === 0 || kind === "close" ? kind : basisOf(kind, this.code))
    this.name = this.basis === "cancelled" ? "AbortError" : "ChatError"
    this.retryable = details.retryable ?? row?.retryable ?? false
    this.retryAfterMs = details.retryAfterMs
    this.pointer = details.pointer
    this.incident = details.incident
  }
}

/** Makes an error of the error object of an answer, whatever stands in it. */
export function answerError(raw: unknown): ChatError {
  const error = asObject(raw)
  const data = asObject(error.data)
  const code = typeof error.code === "number" ? error.code : 0
  const kind = text(data.kind) ?? kindOf(code)
  const basis = basisOf(kind, code) // also of a kind that is called like one of the client's own
  return new ChatError(kind, text(error.message) ?? "", {
    code,
    basis,
    retryable: typeof data.retryable === "boolean" ? data.retryable : errorKinds[basis].retryable,
    retryAfterMs: typeof data.retry_after_ms === "number" ? millis(data.retry_after_ms) : undefined,
    pointer: text(data.pointer),
    incident: text(data.incident),
  })
}

/** The kind to decide by of an error of this package, undefined of any other. */
export const basis = (error: unknown): ErrorKind | undefined => (error instanceof ChatError ? error.basis : undefined)

/** The kind to decide by of what a server said. */
const basisOf = (kind: string, code: number): ServerKind => (Object.hasOwn(errorKinds, kind) ? (kind as ServerKind) : kindOf(code))

/** Finds the kind of an error that does not tell it, as those made by a proxy. */
function kindOf(code: number): ServerKind {
  const found = (Object.keys(errorKinds) as ServerKind[]).find((kind) => errorKinds[kind].code === code)
  return found ?? "internal"
}

type Fields = { readonly [name: string]: unknown }

/** Any value as an object: an empty one where it is none. */
export function asObject(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}
