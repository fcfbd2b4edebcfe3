// Headless Chromium, driven by its own protocol (Chrome DevTools Protocol).
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import WebSocket from "ws"

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
const more = ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0"]

/** The command of Chromium, or undefined where it is not installed. It fails instead where FOREIGN_CLIENTS=required is set. */
export function findChromium() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
    } catch {}
  }
  if (process.env.FOREIGN_CLIENTS === "required") throw new Error("chromium is not installed: apt-get install chromium")
  return undefined
}

/** Starts Chromium for the length of a test. */
export async function startChromium(t, program) {
  const profile = mkdtempSync(join(tmpdir(), "asappchat-chromium-"))
  const child = spawn(program, [...flags, ...more, `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] })
  const gone = once(child, "close") // with all its processes: they share its stderr
  let browser
  t.after(async () => {
    if (browser) await browser.send("Browser.close").catch(() => {})
    else child.kill()
    await gone
    rmSync(profile, { recursive: true, force: true })
  })
  for await (const line of createInterface(child.stderr)) {
    const [, url] = /listening on (ws:\S+)/.exec(line) ?? []
    if (!url) continue
    child.stderr.resume()
    return (browser = new Browser(url))
  }
  throw new Error("chromium has ended")
}

class Browser {
  #ws
  #id = 0
  #waiting = new Map()

  constructor(url) {
    this.#ws = new WebSocket(url)
    this.#ws.on("close", () => this.#waiting.forEach(({ reject }) => reject(new Error("chromium has ended"))))
    this.#ws.on("message", (data) => {
      const { id, result, error } = JSON.parse(data)
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) waiting?.reject(new Error(error.message))
      else waiting?.resolve(result)
    })
  }

  async send(method, params, sessionId) {
    if (this.#ws.readyState === WebSocket.CONNECTING) await once(this.#ws, "open")
    const id = ++this.#id
    this.#ws.send(JSON.stringify({ id, method, params, sessionId }))
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** Opens a page, and returns a function that evaluates an expression in it, waiting for its promise. */
  async open(url) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" })
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true })
    const evaluate = async (expression) => {
      const params = { expression, awaitPromise: true, returnByValue: true }
      const { result, exceptionDetails } = await this.send("Runtime.evaluate", params, sessionId)
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return result.value
    }
    await this.send("Page.navigate", { url }, sessionId) // answered when the page has taken the place of the blank one
    await evaluate(`new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done))`)
    return evaluate
  }
}
