// json-rpc-2.0 over ws.
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from "json-rpc-2.0";
import WebSocket from "ws";
import { Events, names, session } from "./session.mjs";

function connect() {
  const events = new Events();
  const socket = new WebSocket(process.argv[2]);
  const peer = new JSONRPCServerAndClient(
    new JSONRPCServer(),
    new JSONRPCClient((request) => socket.send(JSON.stringify(request))),
  );
  for (const name of names) peer.addMethod(name, (params) => events.push(name, params));
  socket.on("message", (data) => peer.receiveAndSend(JSON.parse(data.toString())));
  socket.on("close", (code, reason) => peer.rejectAllPendingRequests(`closed with ${code} ${reason}`));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => resolve({
      call: (method, params) => peer.request(method, params),
      next: events.next,
      close: () => new Promise((closed) => socket.once("close", closed).close()),
    }));
  });
}

await session(connect, console.log);
