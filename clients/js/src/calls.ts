import { methods, type Methods } from "./types.gen.js"

/** What goes with a call. */
export interface CallOptions {
  /**
   * Ends the call, as `cancelled`. A call that was written before may still have its
   * effect; a send can be repeated with its client id.
   */
  signal?: AbortSignal | undefined
}

/** The methods that the client calls by itself. */
export type OwnMethod = "login" | "logout" | "subscribe" | "unsubscribe"

/** The methods for applications, by their names on the wire. */
export type Method = Exclude<keyof Methods, OwnMethod>

export type Params<M extends Method> = Methods[M]["params"]
export type Result<M extends Method> = Methods[M]["result"]

/** The arguments of a call: params may be left off where none is required. */
export type Arguments<M extends keyof Methods> =
  {} extends Methods[M]["params"]
    ? [params?: Methods[M]["params"], options?: CallOptions]
    : [params: Methods[M]["params"], options?: CallOptions]

/** A name of the wire as one of JavaScript: `set_profile` as `setProfile`. */
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S

/** Names that are those of their functions. These are mapped without a new name, since only so do editors show what stands with them. */
type Plain = Exclude<Method, `${string}.${string}` | `${string}_${string}`>

type Call<M extends keyof Methods> = (...args: Arguments<M>) => Promise<Methods[M]["result"]>

/** The methods as functions; one whose name has a dot has none. */
export type Calls = { [M in keyof Pick<Methods, Plain>]: Call<M> } & {
  [M in Extract<Method, `${string}_${string}`> as Camel<M>]: Call<M>
}

const own: ReadonlySet<string> = new Set<OwnMethod>(["login", "logout", "subscribe", "unsubscribe"])

/** Whether a method is called by the client itself. */
export const isOwn = (method: string): boolean => own.has(method)

/** The methods of {@link Calls}: names of functions with those of the wire. */
export function callNames(): [name: string, method: Method][] {
  const named = Object.keys(methods).filter((method) => !own.has(method) && !method.includes("."))
  return named.map((method) => [method.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), method as Method])
}

/**
 * Whether a call may be written again after its outcome was lost: queries, read and
 * delete, which come to the same when they are done again, and sends that have a
 * client id.
 */
export function isRepeatable(method: string, params: unknown): boolean {
  if (method === "read" || method === "delete") return true
  if (method === "send") return clientId(params) !== undefined
  return Object.hasOwn(methods, method) && !methods[method as keyof Methods].command
}

/** The client id of a send, which stands third when params go by position; undefined where it is empty, too. */
export function clientId(params: unknown): unknown {
  const id = Array.isArray(params) ? params[2] : (params as { client_id?: unknown } | null | undefined)?.client_id
  return id === "" ? undefined : (id ?? undefined)
}
