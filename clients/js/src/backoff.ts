import { ChatError } from "./errors.js"

/**
 * How long a client waits before it tries again: a random time between nothing and
 * `base`, which doubles with each failure up to `cap` ("full jitter"), so that
 * clients which lost their server together come back spread. The failures are
 * forgotten when a connection was of use (a call was answered, or an event came) or
 * has lasted for `cap`.
 */
export interface Backoff {
  /** Milliseconds; 250 unless set. */
  base?: number | undefined
  /** Milliseconds; 30,000 unless set. */
  cap?: number | undefined
}

/** A backoff with everything set. */
export type FullBackoff = { readonly base: number; readonly cap: number }

/** Draws the time to wait after so many failures before this one, in milliseconds. */
export function delay(backoff: FullBackoff, failures: number): number {
  return Math.random() * Math.min(backoff.cap, backoff.base * 2 ** failures)
}

/** Is {@link delay}, and longer where the error asks for it. */
export function delayAfter(backoff: FullBackoff, error: unknown, failures: number): number {
  if (error instanceof ChatError) {
    if (error.retryAfterMs) return error.retryAfterMs + delay(backoff, 0)
    if (error.kind === "close" && error.code === CloseCode.overloaded) return Math.random() * backoff.cap
  }
  return delay(backoff, failures)
}

/**
 * The status with which a connection is closed. Those from 4000 up are the
 * protocol's own.
 */
export const CloseCode = {
  /** done */
  normal: 1000,
  /** the server is gone */
  goingAway: 1001,
  /** a binary message */
  unsupported: 1003,
  /** a message that is not UTF-8 */
  invalidData: 1007,
  /** a message beyond the limit */
  tooLarge: 1009,
  /** a bug of the server */
  internal: 1011,
  /** restart: the client comes back after the announced delay */
  restart: 1012,
  /** the client comes back later */
  overloaded: 1013,
  /** nothing was read for too long */
  lagging: 4000,
  /** the session has ended: the client does not come back */
  revoked: 4001,
  /** the token has expired: the client logs in by name, if it has one */
  expired: 4002,
  /** no login, or silence: the client comes back when there is something to say */
  idle: 4003,
  /** limits broken again and again: the client does not come back */
  abuse: 4008,
} as const
