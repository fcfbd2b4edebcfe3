// rpc-websockets.
import { Client } from "rpc-websockets";
import { Events, names, session } from "./session.mjs";

function connect() {
  const events = new Events();
  const client = new Client(process.argv[2], { reconnect: false });
  for (const name of names) client.on(name, (params) => events.push(name, params));
  return new Promise((resolve, reject) => {
    client.once("error", reject);
    client.once("open", () => resolve({
      call: (method, params) => client.call(method, params),
      next: events.next,
      close: () => new Promise((closed) => client.once("close", closed).close()),
    }));
  });
}

await session(connect, console.log);
