// The socket to the room: says who joins, passes on what is told, and joins again when the line drops.

const PAUSES = [500, 1000, 2000, 4000, 8000];

/**
 * Opens a connection that lasts until it is closed, refused, ended, or lost for good.
 *
 * `tell` is called with every message of the server, and with `{type: "dropped"}` when the line drops and another try
 * follows, `{type: "lost"}` when there will be none.
 */
export function connect(token, name, tell) {
  const address = new URL("/room/ws", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket;
  let timer;
  let tries = 0;
  let everJoined = false;
  let done = false;

  function open() {
    socket = new WebSocket(address);
    socket.addEventListener("open", () => send({ type: "join", token, name }));
    socket.addEventListener("message", (event) => hear(event.data));
    socket.addEventListener("close", dropped);
  }

  function hear(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (done || message === null || typeof message !== "object") return;
    if (message.type === "joined") {
      everJoined = true;
      tries = 0;
    }
    if (message.type === "ended" || message.type === "refused") done = true;
    tell(message);
  }

  function dropped() {
    if (done) return;
    // Somebody who never got in is told at once; somebody inside is brought back without being asked.
    if (!everJoined || tries >= PAUSES.length) {
      done = true;
      tell({ type: "lost" });
      return;
    }
    tell({ type: "dropped" });
    timer = setTimeout(open, PAUSES[tries]);
    tries += 1;
  }

  function send(message) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  open();
  return {
    /** Says something to everybody; `false` when it could not be sent. */
    chat: (text) => send({ type: "chat", text }),
    /** Leaves for good. */
    leave() {
      done = true;
      clearTimeout(timer);
      send({ type: "leave" });
      socket.close();
    },
  };
}
