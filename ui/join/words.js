// The messages when there is no room to show. Pure functions, so that each case can be tested.

/** The code at the end of a room's title, by which Hajime recognises its rooms. */
const ROOM_MARK = / · HJ-[0-9A-HJKMNP-TV-Z]{6,8}$/;

/**
 * The title of a room without its code.
 *
 * @param {string | null | undefined} title as Cloudflare returns it
 * @returns {string}
 */
export function shownTitle(title) {
  return (title ?? "").replace(ROOM_MARK, "").trim() || "Class";
}

/** @typedef {{heading: string, text: string, again: boolean}} Words */

/** @type {(heading: string, text: string, again?: boolean) => Words} */
const words = (heading, text, again = false) => ({ heading, text, again });

export const NO_TOKEN = words(
  "No invitation",
  "This address has no invitation in it. Open the whole link you were sent, or ask for it again.",
);
export const INSECURE = words(
  "This page is not secure",
  "Browsers allow camera and microphone on https pages only. Ask the person who sent the link for one that starts with https.",
);
export const NO_WEBRTC = words(
  "This browser does not support video calls",
  "WebRTC is missing or switched off. Open the link in a current Firefox, Chrome, Edge or Safari.",
);
export const INCOMPLETE = words(
  "The page did not load completely",
  "Reload it. If that does not help, tell the person who sent the link that files of the join page are missing.",
  true,
);
const EXPIRED = words("This invitation has expired", "Invitations work for a limited time. Ask for a new link.");
const INVALID = words(
  "This invitation is not valid",
  "The link may be incomplete, or its room is closed. Open the whole link, or ask for a new one.",
);
const NETWORK = words(
  "No connection to the room",
  "Check that you are online and that no firewall blocks realtime.cloudflare.com, then join again.",
  true,
);
const UNKNOWN = words("The room could not be opened", "Join again. If it happens again, ask for a new link.", true);

const BUSY = words("Too many requests", "Cloudflare limits the requests. Wait a minute, then join again.", true);

/** RealtimeKit's error codes, `ERROR_CODES` in its typings. */
const REFUSED_TOKEN = "0004";
const UNSUPPORTED_BROWSER = "0010";
const RATE_LIMITED = "0013";
/** The codes of a server that cannot be reached. */
const UNREACHABLE = new Set(["0011", "0012", "0014"]);

/**
 * The message when the room could not be opened.
 *
 * @param {{code?: string, message?: string, name?: string} | null | undefined} problem what was thrown
 * @param {string} token the invitation
 * @param {number} now milliseconds since 1970
 * @param {boolean} online whether the browser reports a network
 * @returns {Words}
 */
export function onFailure(problem, token, now, online) {
  const code = problem?.code ?? "";
  const message = problem?.message ?? "";
  if (!online) return NETWORK;
  if (code === UNSUPPORTED_BROWSER) return NO_WEBRTC;
  if (code === RATE_LIMITED) return BUSY;
  if (UNREACHABLE.has(code) || /unable to connect|failed to fetch|network|load failed|timed? ?out/i.test(message))
    return NETWORK;
  if (code === REFUSED_TOKEN) {
    const expires = expiryOf(token);
    return expires !== null && expires * 1000 <= now ? EXPIRED : INVALID;
  }
  return UNKNOWN;
}

/**
 * The message when the room was left. The states are RealtimeKit's (`LeaveRoomState`).
 *
 * @param {string} state
 * @returns {Words}
 */
export function onLeft(state) {
  switch (state) {
    case "left":
    case "stageLeft":
      return words("You have left", "You can join again while the class is live.", true);
    case "kicked":
      return words("You were removed from the class", "The host removed you. Ask them if that was a mistake.");
    case "ended":
      return words("The class has ended", "Thank you for taking part. You can close this page.");
    case "rejected":
      return words("You were not let in", "The host did not admit you from the waiting room. Ask them for help.");
    case "connected-meeting":
      return words("The room has changed", "You were moved to another room of the same class.", true);
    case "disconnected":
    case "failed":
      return words("The connection was lost", "Check that you are online, then join again.", true);
    default:
      return words("You are no longer in the room", "You can try to join again.", true);
  }
}

/**
 * When a token expires by its payload, in seconds since 1970; null if it has none. It is not verified: it only selects the message.
 *
 * @param {string} token
 * @returns {number | null}
 */
export function expiryOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const expires = Number(JSON.parse(atob(payload)).exp);
    return Number.isFinite(expires) ? expires : null;
  } catch {
    return null;
  }
}
