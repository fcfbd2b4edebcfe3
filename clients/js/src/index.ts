/**
 * The client for the chat protocol in browsers and Node: typed calls, an ordered
 * stream of events, and a connection that comes back by itself. Begin with
 * {@link connect}.
 *
 * @packageDocumentation
 */
export { connect, Client } from "./client.js"
export { ChatError, type ErrorKind, type LocalKind, type ErrorDetails } from "./errors.js"
export type { Backoff } from "./backoff.js"
export type { Arguments, CallOptions, Calls, Method, OwnMethod, Params, Result } from "./calls.js"
export type { Changed, ChatEvent, EphemeralEvent, Read, Reset, Sent, Updated } from "./events.js"
export { Mirror, type Change, type MirrorOptions } from "./mirror.js"
export type { ConversationState, MirrorState } from "./state.js"
export type { Options } from "./options.js"
export type { WebSocketConstructor, WebSocketLike } from "./socket.js"
export { closeCodes, defaultLimits, errorKinds, methods, protocolVersion } from "./types.gen.js"
export type * from "./types.gen.js"
