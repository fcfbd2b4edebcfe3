import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import test from "node:test"
import { hear, startServer, user } from "./chatd.mjs"
import { findChromium, startChromium } from "./chromium.mjs"

const program = findChromium()
const skip = program ? false : "chromium is not installed: apt-get install chromium"

/** Serves the folder of the package as it stands. */
async function servePackage(t) {
  const types = { html: "text/html", js: "text/javascript" }
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://host")
      const content = await readFile(new URL("..", import.meta.url).pathname + pathname)
      response.writeHead(200, { "content-type": types[pathname.split(".").pop()] }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => (server.closeAllConnections(), server.close()))
  return server.address().port
}

/** In a page: resolves when what is shown in an element has this text. */
const shows = (id, text) => `new Promise((done) => {
  const look = () => document.getElementById("${id}").textContent.includes(${JSON.stringify(text)}) && (observer.disconnect(), done(true))
  const observer = new MutationObserver(look)
  observer.observe(document.getElementById("${id}"), { childList: true, subtree: true, characterData: true })
  look()
})`

/** In a page: fills a form and submits it. */
const submit = (id, values) => `{
  const form = document.getElementById("${id}")
  for (const [name, value] of Object.entries(${JSON.stringify(values)})) form[name].value = value
  form.requestSubmit()
}`

test("the page of the package logs in, sends, receives and comes back", { skip, timeout: 120_000 }, async (t) => {
  const port = await servePackage(t)
  const server = await startServer(t, `--origins=127.0.0.1:${port}`)
  const bo = await user(t, server, "bo")
  const events = bo.events()
  const browser = await startChromium(t, program)
  const page = await browser.open(`http://127.0.0.1:${port}/example.html?server=${encodeURIComponent(server.url)}`)

  await page(submit("login", { username: "ana" }))
  await page(shows("status", "Logged in as ana"))
  await page(submit("compose", { to: "bo", body: "hello <b>bo</b>" }))
  const [{ body, sender, conversation }] = await hear(events, 1)
  assert.deepEqual([sender, body], ["ana", "hello <b>bo</b>"])
  await page(shows("log", "ana: hello <b>bo</b>"))
  await bo.send({ to: conversation, body: "hello yourself" })
  await page(shows("log", "bo: hello yourself"))

  await server.stop()
  await page(shows("status", "next attempt"))
  await page(submit("compose", { body: "after the restart" }))
  await server.start()
  assert.equal((await hear(events, 2))[1].body, "after the restart")
  await page(shows("log", "ana: after the restart"))
  await page(shows("status", "Logged in as ana"))
})

test("a page of a foreign origin is refused", { skip, timeout: 120_000 }, async (t) => {
  const port = await servePackage(t)
  const server = await startServer(t, `--origins=127.0.0.1:${port}`)
  const browser = await startChromium(t, program)
  const dial = `import("/dist/index.js").then(({ connect }) => connect("${server.url}")).then(() => "connected", (error) => error.kind)`
  const own = await browser.open(`http://127.0.0.1:${port}/example.html`)
  assert.equal(await own(dial), "connected")
  const foreign = await browser.open(`http://localhost:${port}/example.html`)
  assert.equal(await foreign(dial), "unreachable")
})
