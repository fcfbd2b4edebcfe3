import { ChatError } from "./errors.js"
import { closeCodes } from "./types.gen.js"

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
    if (error.basis === "close" && error.code === closeCodes.overloaded) return Math.random() * backoff.cap
  }
  return delay(backoff, failures)
}
