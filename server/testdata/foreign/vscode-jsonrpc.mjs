// vscode-jsonrpc over ws, one message in one frame. It tells the server of a
// call that was cancelled with the notification $/cancelRequest, which the
// server does not know and so does not answer: the call is answered all the
// same.
import { createMessageConnection, CancellationTokenSource, ParameterStructures } from "vscode-jsonrpc/node";
import { toSocket, WebSocketMessageReader, WebSocketMessageWriter } from "vscode-ws-jsonrpc";
import WebSocket from "ws";
import { Events, names, session } from "./session.mjs";

async function connect() {
  const events = new Events();
  const socket = new WebSocket(process.argv[2]);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const written = [];
  const wire = toSocket(socket);
  const connection = createMessageConnection(
    new WebSocketMessageReader(wire),
    new WebSocketMessageWriter({ ...wire, send: (text) => { written.push(text); wire.send(text); } }),
  );
  connection.onUnhandledNotification(({ method, params }) => {
    if (names.includes(method)) events.push(method, params);
  });
  connection.listen();
  await cancelled(connection, written);
  return {
    call: (method, params) => (Array.isArray(params)
      ? connection.sendRequest(method, ParameterStructures.byPosition, ...params)
      : connection.sendRequest(method, ...(params ? [ParameterStructures.byName, params] : []))),
    next: events.next,
    close: () => new Promise((closed) => socket.once("close", closed).close()),
  };
}

// cancelled cancels a call that is under way.
async function cancelled(connection, written) {
  const source = new CancellationTokenSource();
  const ping = connection.sendRequest("ping", source.token);
  setImmediate(() => source.cancel());
  const { at } = await ping;
  const notice = written.find((text) => text.includes("$/cancelRequest"));
  if (!at || !notice) throw new Error(`ping at ${at}, cancelled by ${notice}`);
}

await session(connect, console.log);
