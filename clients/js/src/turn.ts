import { ChatError } from "./errors.js"
import { onAbort } from "./time.js"

/** A lock. Those who wait get it in their order. */
export class Turn {
  #taken = false
  readonly #waiting: (() => void)[] = []

  /** Runs f while nobody else has the turn. It waits for it up to the end of the signal. */
  async hold<T>(signal: AbortSignal | undefined, f: () => Promise<T>): Promise<T> {
    await this.#take(signal)
    try {
      return await f()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#taken = false
    }
  }

  #take(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        const i = this.#waiting.indexOf(got)
        if (i >= 0) this.#waiting.splice(i, 1)
        reject(new ChatError("cancelled", "mirror: cancelled", { cause: signal?.reason }))
      }
      if (signal?.aborted) return cancelled()
      const got = () => (detach(), resolve())
      const detach = onAbort(signal, cancelled)
      if (this.#taken) this.#waiting.push(got)
      else {
        this.#taken = true
        got()
      }
    })
  }
}
