import { ChatError } from "./errors.js"
import { millis, onAbort } from "./time.js"
import { closeCodes } from "./types.gen.js"

/**
 * As much of a WebSocket as a client needs: that of browsers and of Node 22 and
 * newer has it, and so has the one of the package `ws`.
 */
export interface WebSocketLike {
  readonly readyState: number
  onopen: ((event: any) => void) | null
  onmessage: ((event: any) => void) | null
  onclose: ((event: any) => void) | null
  onerror: ((event: any) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

/** A class of WebSockets. */
export type WebSocketConstructor = new (url: string) => WebSocketLike

/** The readyState of an open WebSocket. */
const open = 1

/** How long the other end may take to answer a close frame, in milliseconds. */
const closeGrace = 3000

/**
 * One websocket connection, from when it is open. It ends once, with a reason; after
 * that no frame comes and what is sent goes nowhere.
 */
export class Socket {
  /** Resolved with why the connection ended. */
  readonly ended: Promise<ChatError>
  /** Whether it has. */
  over = false
  readonly #ws: WebSocketLike
  #end!: (why: ChatError) => void

  /**
   * Connects, until the signal is aborted: then it fails with the signal's reason.
   * onFrame is given the data of each message.
   */
  static open(type: WebSocketConstructor, url: string, onFrame: (data: unknown) => void, signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      let ws: WebSocketLike
      try {
        signal.throwIfAborted()
        ws = new type(url)
      } catch (error) {
        reject(error instanceof ChatError ? error : unreachable(url, error))
        return
      }
      const socket = new Socket(ws, onFrame)
      const detach = onAbort(signal, () => socket.fail(signal.reason))
      let cause: unknown
      // Node 22 tells of a failed attempt by this event alone.
      ws.onerror = (event) => {
        cause = event?.error
        socket.fail(closeError(0, ""))
      }
      onRefusal(ws, (status, retryAfter) => socket.fail(refused(url, status, retryAfter)))
      ws.onopen = () => {
        ws.onerror = () => {} // a close event follows
        detach()
        resolve(socket)
      }
      void socket.ended.then((why) => {
        detach()
        reject(why.basis === "lost" ? unreachable(url, cause) : why)
      })
    })
  }

  private constructor(ws: WebSocketLike, onFrame: (data: unknown) => void) {
    this.#ws = ws
    this.ended = new Promise((resolve) => (this.#end = resolve))
    ws.onmessage = (event) => {
      if (!this.over) onFrame(event.data)
    }
    ws.onclose = (event) => this.#finish(closeError(event.code, event.reason))
  }

  /** Whether the connection is open, and not being closed. */
  get writable(): boolean {
    return !this.over && this.#ws.readyState === open
  }

  send(text: string): void {
    if (!this.over) this.#ws.send(text)
  }

  /** Ends the connection in good form, which takes a few seconds when the server is not there. */
  async close(): Promise<void> {
    if (this.over) return
    const timer = setTimeout(() => this.fail(new ChatError("silent", "the close frame was not answered")), closeGrace)
    this.#ws.close(closeCodes.normal)
    await this.ended
    clearTimeout(timer)
  }

  /** Ends the connection at once. The first reason counts. */
  fail(why: ChatError): void {
    if (this.over) return
    this.#finish(why)
    const ws = this.#ws as WebSocketLike & { terminate?: () => void }
    ws.terminate ? ws.terminate() : ws.close()
  }

  #finish(why: ChatError): void {
    this.over = true
    this.#end(why)
  }
}

/** The codes after which a client does not come back, unless it has a name to log in with. */
const forGood: ReadonlySet<number> = new Set([closeCodes.revoked, closeCodes.expired, closeCodes.abuse])

/** Makes an error of a close event. 1005 and 1006 say that there was no code. */
function closeError(code: number, reason: string): ChatError {
  if (!code || code === 1005 || code === 1006) return new ChatError("lost", "connection lost", { retryable: true })
  const retryable = !forGood.has(code)
  return new ChatError("close", `connection closed by the server: ${code} ${reason}`.trimEnd(), { code, retryable })
}

/** An answer to a handshake, as the package `ws` tells of it. */
type Refusal = { readonly statusCode?: number; readonly headers: { readonly [name: string]: unknown } }

/** Where a WebSocket tells of a handshake that was refused, takes the status and for how long to stay away. */
function onRefusal(ws: WebSocketLike & { once?: unknown }, f: (status: number, retryAfter: unknown) => void): void {
  if (typeof ws.once !== "function") return // that of a browser, or of Node
  ws.once("unexpected-response", (_: unknown, { statusCode = 0, headers }: Refusal) => f(statusCode, headers["retry-after"]))
}

/** Retry-After counts in seconds; a date in it is not looked at. */
function refused(url: string, status: number, retryAfter: unknown): ChatError {
  const told = typeof retryAfter === "string" && /^\d+$/.test(retryAfter)
  const retryAfterMs = told ? millis(Number(retryAfter) * 1000) : undefined
  return new ChatError("unreachable", `cannot reach ${url}: it answers ${status}`, { retryable: true, retryAfterMs })
}

function unreachable(url: string, cause: unknown): ChatError {
  return new ChatError("unreachable", `cannot reach ${url}`, { retryable: true, cause })
}
