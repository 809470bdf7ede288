// The WebSocket to the room. It joins, passes on the messages of the server, and joins again when the connection was lost.

const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000];

/**
 * Opens a connection that lasts until the page leaves, the server refuses or ends it, or all retries fail.
 *
 * `onMessage` is called with every message of the server, with `{type: "dropped"}` when the connection is lost and a retry
 * follows, and with `{type: "lost"}` when no retry follows.
 */
export function connect(token, name, onMessage) {
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
    socket.addEventListener("message", (event) => receive(event.data));
    socket.addEventListener("close", dropped);
  }

  function receive(data) {
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
    onMessage(message);
  }

  function dropped() {
    if (done) return;
    // A page that never joined reports the failure at once. A page that was in the room connects again.
    if (!everJoined || tries >= RETRY_DELAYS_MS.length) {
      done = true;
      onMessage({ type: "lost" });
      return;
    }
    onMessage({ type: "dropped" });
    timer = setTimeout(open, RETRY_DELAYS_MS[tries]);
    tries += 1;
  }

  function send(message) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  open();
  return {
    /** Sends a chat message; `false` when the connection is down. */
    chat: (text) => send({ type: "chat", text }),
    /** Leaves the room and closes the connection. */
    leave() {
      done = true;
      clearTimeout(timer);
      send({ type: "leave" });
      socket.close();
    },
  };
}
