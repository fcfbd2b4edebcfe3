// The session that the JavaScript clients of this folder perform. Each brings
// its own connect(), which resolves to
//
//   call(method, params)  resolves to the result, or rejects with the error
//   next()                resolves to the next event, {method, params}
//   close()
//
// and shows what it saw with say(line).
export async function session(connect, say) {
  let c = await connect();
  const { user } = await c.call("register", ["ana"]);
  say(`registered ${user.username}`);
  const login = await c.call("login", { username: "ana", device: "foreign" });
  say(`logged in as ${login.user.username}`);
  await c.call("subscribe");
  say("subscribed");
  await refused(c.call("send", { to: "bo", bdoy: "hi" }), say);
  await refused(c.call("nonsense", []), say);
  const sent = await c.call("send", ["bo", "héllo 👋"]);
  say(`sent ${sent.seq}`);
  const created = await c.next();
  say(`${created.params.change}: ${created.params.members.join(", ")}`);
  await heard(c, say);
  const answer = await heard(c, say);
  await heard(c, say); // and dies before it has noted that it did
  await c.close();

  c = await connect();
  const again = await c.call("login", { token: login.token });
  say(`logged in as ${again.user.username}`);
  const { reset } = await c.call("subscribe", [answer.cursor]);
  say(reset ? "reset" : "resumed");
  const page = await c.call("history", { with: "bo", limit: 10 });
  for (const m of page.messages) say(`history ${m.seq} ${m.sender}: ${m.body}`);
  say(`more: ${page.has_more.before} ${page.has_more.after}`);
  const bye = await c.call("send", { to: sent.conversation, body: "bye" });
  say(`sent ${bye.seq}`);
  await heard(c, say);
  await heard(c, say);
  await c.close();
}

async function heard(c, say) {
  const { params } = await c.next();
  say(`heard ${params.message.seq} ${params.message.sender}: ${params.message.body}`);
  return params;
}

async function refused(call, say) {
  try {
    say(`not refused: ${JSON.stringify(await call)}`);
  } catch (error) {
    say(`refused ${error.code} ${error.data.kind} ${error.data.pointer ?? ""}`.trim());
  }
}

// Events are what came, until it is asked for: a client may be told of several
// before whoever waits for an answer goes on.
export class Events {
  #came = [];
  #wanted = [];

  push(method, params) {
    const wanted = this.#wanted.shift();
    if (wanted) wanted({ method, params });
    else this.#came.push({ method, params });
  }

  next = () => new Promise((resolve) => {
    if (this.#came.length) resolve(this.#came.shift());
    else this.#wanted.push(resolve);
  });
}

// Of the events of the protocol, those that the session causes.
export const names = ["message", "conversation"];
