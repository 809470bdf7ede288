// What is said when there is no room to show. Pure functions, so that each case can be tested.

/** The mark by which Hajime finds its rooms again, behind the title of the class. */
const ROOM_MARK = / · HJ-[0-9A-HJKMNP-TV-Z]{6,8}$/;

/**
 * A room's title as people see it.
 *
 * @param {string | null | undefined} title as Cloudflare has it
 * @returns {string}
 */
export function shownTitle(title) {
  return (title ?? "").replace(ROOM_MARK, "").trim() || "Session";
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
  "Browsers give camera and microphone to https pages only. Ask whoever sent the link for one that starts with https.",
);
export const NO_WEBRTC = words(
  "This browser cannot hold video calls",
  "It has no WebRTC, or it is switched off. Open the link in a current Firefox, Chrome, Edge or Safari.",
);
export const INCOMPLETE = words(
  "The page did not load completely",
  "Reload it. If that does not help, tell whoever sent the link that files of the join page are missing.",
  true,
);
const EXPIRED = words("This invitation has expired", "Invitations work for a limited time. Ask for a new link.");
const INVALID = words(
  "This invitation is not valid",
  "It may be cut off, withdrawn, or for a room that is closed. Open the whole link, or ask for a new one.",
);
const NETWORK = words(
  "No connection to the room",
  "Check that you are online and that no firewall blocks realtime.cloudflare.com, then join again.",
  true,
);
const UNKNOWN = words("The room could not be opened", "Join again. If it happens again, ask for a new link.", true);

const BUSY = words("Too many requests", "The service asks for a pause. Wait a minute, then join again.", true);

/** RealtimeKit's error codes (`ERROR_CODES` in its typings): a token it does not take, and a server it does not reach. */
const REFUSED_TOKEN = "0004";
const UNSUPPORTED_BROWSER = "0010";
const RATE_LIMITED = "0013";
const UNREACHABLE = new Set(["0011", "0012", "0014"]);

/**
 * What to say when the room could not be opened.
 *
 * @param {{code?: string, message?: string, name?: string} | null | undefined} problem what was thrown
 * @param {string} token the invitation
 * @param {number} now milliseconds since 1970
 * @param {boolean} online whether the browser believes to be online
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
 * What to say when the room was left. The names are RealtimeKit's (`LeaveRoomState`).
 *
 * @param {string} state
 * @returns {Words}
 */
export function onLeft(state) {
  switch (state) {
    case "left":
    case "stageLeft":
      return words("You have left", "You can come back as long as the session runs.", true);
    case "kicked":
      return words("You were removed from the session", "The host ended your visit. Ask them if that was a mistake.");
    case "ended":
      return words("The session has ended", "Thank you for taking part. You can close this page.");
    case "rejected":
      return words("You were not let in", "The host did not admit you from the waiting room. Ask them for help.");
    case "connected-meeting":
      return words("The room moved on", "You were taken to another room of the same session.", true);
    case "disconnected":
    case "failed":
      return words("The connection was lost", "Check that you are online, then join again.", true);
    default:
      return words("You are no longer in the room", "You can try to join again.", true);
  }
}

/**
 * When a token says it expires, in seconds since 1970. Nothing is decided by it: it only chooses the words.
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
