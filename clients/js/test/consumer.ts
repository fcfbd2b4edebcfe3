// A program on top of the package: it is compiled, strictly, and not run.
import { ChatError, Mirror, connect, type ChatEvent, type Conversation, type Options, type WebSocketConstructor } from "asappchat"

const byPlatform: WebSocketConstructor = WebSocket
const options: Options = { username: "ana", WebSocket: byPlatform, signal: AbortSignal.timeout(1000) }

export async function talk(): Promise<void> {
  const client = await connect("ws://127.0.0.1:8080", options)
  const { seq } = await client.send({ to: "bo", body: "hello" }, { signal: AbortSignal.timeout(1000) })
  const exact: number = seq
  await client.setProfile({ status: "there" })
  await client.ping()
  const { messages } = await client.call("history", { with: "bo", limit: exact })
  const answer: unknown = await client.call("from_the_future", ["by", "position"])
  for await (const event of client.events()) console.log(told(event), messages[0]?.body, answer)
  const mirror = new Mirror(client, { messages: 50, state: JSON.parse("{}") })
  for await (const { conversation } of mirror.changes()) {
    const home: Conversation[] = mirror.home()
    console.log(home.length, mirror.conversation(conversation)?.unread)
  }
  try {
    // @ts-expect-error a send says to whom
    await client.send({ body: "hello" })
    // @ts-expect-error that is no param
    await client.send({ to: "bo", body: "hello", bdoy: "" })
    // @ts-expect-error the client logs in by itself
    await client.subscribe()
  } catch (error) {
    if (error instanceof ChatError && error.basis === "rate_limited") console.log(error.retryAfterMs ?? 0)
  }
  await client.close()
}

function told(event: ChatEvent): string {
  switch (event.type) {
    case "message":
    case "message_updated":
      return event.message.body ?? ""
    case "read":
      return `${event.username} ${event.seq}`
    case "conversation":
      return event.change
    case "reset":
      return event.cursor
  }
}
