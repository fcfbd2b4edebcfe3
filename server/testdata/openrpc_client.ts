// Talks to a server through the client that @open-rpc/generator makes of the
// server's own OpenRPC document, and prints what it was told.
import Chat from "./index";

async function main(host: string, port: number) {
  const chat = new Chat({ transport: { type: "websocket", host, port } });
  const pushed = new Promise<string>((resolve) =>
    chat.onNotification((event) => event.method === "message" && resolve(event.params.message.body)));
  const { user } = await chat.register("ana", null, "Ana");
  console.log("registered", user.username, user.display_name);
  const { limits } = await chat.login("ana");
  console.log("logged in", limits?.body);
  await chat.subscribe();
  const sent = await chat.send("ana", "hello", "an-id");
  console.log("sent", sent.seq, sent.duplicate);
  console.log("pushed", await pushed);
  const { messages } = await chat.history("ana", 1);
  console.log("read", messages?.[0].body, messages?.[0].client_id);
  await chat.edit("ana", 2, "x").catch((error) => console.log("refused by the server", error.data.kind));
  await chat.send("ana", "").catch((errors) => console.log("refused by the client", errors.length));
  process.exit(0);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
  console.error(error);
  process.exit(1);
});
