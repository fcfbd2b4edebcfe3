/** Milliseconds on a clock that nobody sets. */
export const now = (): number => performance.now()

/** The most that a server may ask for, and less than what timers can take: a day. */
const maxDelay = 24 * 60 * 60 * 1000

/** Makes milliseconds of the wire into a time that makes sense. */
export const millis = (n: number): number => (Number.isFinite(n) ? Math.min(Math.max(n, 0), maxDelay) : 0)

/** Calls f when the signal is or was aborted, until the returned function is called. */
export function onAbort(signal: AbortSignal | undefined, f: () => void): () => void {
  if (!signal) return () => {}
  if (signal.aborted) {
    f()
    return () => {}
  }
  signal.addEventListener("abort", f, { once: true })
  return () => signal.removeEventListener("abort", f)
}

/** Waits, and says whether the time passed before the signal was aborted. */
export function rest(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      detach()
      resolve(true)
    }, ms)
    const detach = onAbort(signal, () => {
      clearTimeout(timer)
      resolve(false)
    })
  })
}
