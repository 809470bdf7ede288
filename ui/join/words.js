// The words of the join page, in one file, so that they can be translated. Only what has to be said without scripts stands in the HTML files
// and in old.js. Pure functions, so that each case can be tested.

import { expiryOf } from "./token.js";

/** The language of the words below, as a BCP 47 tag. */
export const LANGUAGE = "en";

/** The code at the end of a room's title, by which Hajime recognises its rooms. */
const ROOM_MARK = / · HJ-[0-9A-HJKMNP-TV-Z]{6,8}$/;
/** Characters that are not shown, and marks that change the direction of the text around them. */
const UNSEEN = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu;
/** The longest title and the longest name that are shown, in characters. */
const MAX_TITLE = 120;
const MAX_NAME = 50;

/** What stands behind the name of somebody who does not want to be recorded, so that everybody in the room can see it. */
const NOT_RECORDED = " · not to be recorded";
/** What stands behind the name of somebody who agreed to be recorded. It draws nothing; Hajime reads it. */
const AGREED = "\u2063";

/**
 * A text from elsewhere on one line, without marks that disturb the text around it, and cut if it is too long.
 *
 * @param {string | null | undefined} text
 * @param {number} most
 * @returns {string}
 */
export function oneLine(text, most) {
  // Cut before it is searched, because it may be very long.
  const line = (text ?? "")
    .slice(0, most * 8)
    .replace(/\s+/g, " ")
    .replace(UNSEEN, "")
    .trim();
  const characters = Array.from(line);
  return characters.length > most ? `${characters.slice(0, most).join("").trimEnd()}…` : line;
}

/**
 * The title of a room without its code.
 *
 * @param {string | null | undefined} title as Cloudflare returns it
 * @returns {string}
 */
export function shownTitle(title) {
  return oneLine((title ?? "").replace(ROOM_MARK, ""), MAX_TITLE) || "Class";
}

/**
 * A person's name as it is shown to others; empty when there is none.
 *
 * @param {string | null | undefined} name
 * @returns {string}
 */
export function shownName(name) {
  return oneLine((name ?? "").replaceAll(NOT_RECORDED, ""), MAX_NAME);
}

/**
 * The name under which a person joins. RealtimeKit keeps it with the participant for six months, and shows it to everybody in the room.
 *
 * @param {string} name as typed
 * @param {boolean | null} agreed whether the person agreed to be recorded; null when they were not asked
 * @returns {string}
 */
export const joiningName = (name, agreed) => shownName(name) + (agreed === null ? "" : agreed ? AGREED : NOT_RECORDED);

/**
 * A time for people: the hour, and the day if it is another one.
 *
 * @param {number} at seconds since 1970
 * @param {number} now milliseconds since 1970
 * @param {string} [timeZone] that of the computer if it is missing
 * @returns {string}
 */
export function shownTime(at, now, timeZone) {
  const time = at * 1000;
  const format = (/** @type {string} */ locale, /** @type {Intl.DateTimeFormatOptions} */ options) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone });
  const day = format("en-CA", {});
  const hour = `at ${format("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time)}`;
  if (day.format(time) === day.format(now)) return hour;
  return `on ${format("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(time).replace(",", "")} ${hour}`;
}

/** The words that stand in the page: an element with `data-word` shows the one it names. */
export const LABELS = {
  opening: "Opening the room…",
  openingText: "This takes a few seconds.",
  openingSlow: "This takes longer than usual. If nothing happens, check the connection and reload the page.",
  joining: "Joining…",
  again: "Join again",
  now: "Try now",
  copy: "Copy the link",
  copied: "Copied. Paste it into the address bar of another browser.",
  notCopied: "This browser does not copy. Select the link and copy it yourself.",
  link: "Your link",

  name: "Your name",
  nameHint: "Everybody in the room sees it.",
  nameMissing: "Enter your name.",
  continue: "Continue",
  back: "Back",

  recorded: "This class is recorded",
  recordedText:
    "Picture and sound of everybody who is on camera or speaks are in the recording. Members can watch it later.",
  maybeRecorded: "This class may be recorded",
  maybeRecordedText:
    "If it is, picture and sound of everybody who is on camera or speaks are in the recording. Members can watch it later.",
  agree: "I agree to be recorded",
  decline: "I do not agree",
  declineText: "You watch with camera and microphone off. “Not to be recorded” stands behind your name.",
  answerMissing: "Choose one of the two.",
  recordingStarted: "This class is being recorded now",
  stay: "I agree, go on",
  switchOff: "Switch my camera and microphone off",

  check: "Camera and microphone",
  checkText: "Only you see and hear this, until you join.",
  asks: "Your browser asks whether this page may use camera and microphone. Allow it.",
  camera: "Camera",
  microphone: "Microphone",
  level: "What the microphone hears",
  quiet: "Say something: the bar moves when the microphone hears you.",
  heard: "The microphone hears you.",
  withCamera: "Join with the camera on",
  withMicrophone: "Join with the microphone on",
  saveData: "Slow connection",
  saveDataText: "Your camera stays off, and you see two people at a time.",
  join: "Join",
  joinsAs: "You join as",
  change: "Change",
  retry: "Try again",

  reconnecting: "The connection was lost. Joining again…",
  reconnected: "The connection is back.",
  waiting: "Waiting to be let in",
  waitingText: "The host lets you in from the waiting room. Leave this page open.",
  watching:
    "You watch with camera and microphone off. To be seen and heard, leave, join again and agree to be recorded.",
};

/**
 * How a camera or a microphone is.
 *
 * @typedef {"off" | "asking" | "on" | "denied" | "blocked" | "none" | "busy" | "gone" | "failed"} DeviceState
 */

/**
 * @param {"camera" | "microphone"} kind
 * @param {DeviceState} state
 * @returns {string} empty when there is nothing to say
 */
export function deviceWords(kind, state) {
  switch (state) {
    case "denied":
      return `The browser does not let this page use the ${kind}. Allow it beside the address bar, then try again. You can also join without.`;
    case "blocked":
      return `The system does not let the browser use the ${kind}. Allow it in the privacy settings of this device, then try again. You can also join without.`;
    case "none":
      return `No ${kind} was found. Connect one, or join without.`;
    case "busy":
      return `The ${kind} is in use by another program. Close that program, then try again. You can also join without.`;
    case "gone":
      return `The ${kind} was disconnected. Connect it again or choose another one.`;
    case "failed":
      return `The ${kind} could not be started. Try again, choose another one, or join without.`;
    case "asking":
      return LABELS.asks;
    case "off":
      return `The ${kind} is off.`;
    case "on":
      return "";
  }
}

/**
 * The state of a device that the browser did not open.
 *
 * @param {{name?: string, message?: string} | null | undefined} problem as `getUserMedia` rejects
 * @returns {DeviceState}
 */
export function deviceProblem(problem) {
  switch (problem?.name) {
    case "NotAllowedError":
    case "SecurityError":
    case "PermissionDeniedError":
      // Chromium says so when the system refuses, not the person.
      return /system/i.test(problem.message ?? "") ? "blocked" : "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

/**
 * A message in place of the room. `next` is the button below it.
 *
 * @typedef {{heading: string, text: string, next: "again" | "copy" | null}} Words
 */

/** @type {(heading: string, text: string, next?: "again" | "copy" | null) => Words} */
const words = (heading, text, next = null) => ({ heading, text, next });

export const NO_TOKEN = words(
  "No invitation",
  "This address has no invitation in it. Open the whole link you were sent, or ask for it again.",
);
export const CUT_OFF = words(
  "The link is not complete",
  "Its end is missing, as happens when a mail program breaks a long link. Copy the whole link from the message into the address bar, or ask for it again.",
);
export const INSECURE = words(
  "This page is not secure",
  "Browsers allow camera and microphone on https pages only. Ask the person who sent the link for one that starts with https.",
);
export const NO_WEBRTC = words(
  "This browser does not support video calls",
  "Browsers inside other apps often do not. Copy the link and open it in Chrome, Edge, Firefox or Safari.",
  "copy",
);
export const INCOMPLETE = words(
  "The page did not load completely",
  "Check that you are online and join again. If that does not help, tell the person who sent the link that files of the join page are missing.",
  "again",
);
const EXPIRED = words("This invitation has expired", "Invitations work for a limited time. Ask for a new link.");
const INVALID = words(
  "This invitation is not valid",
  "The link may be incomplete, or its room is closed. Open the whole link, or ask for a new one.",
  "again",
);
const OVER = words(
  "This room is closed",
  "The class is over, or you are no longer on its list. If it should be on now, ask for a new link.",
  "again",
);
const NETWORK = words(
  "No connection to the room",
  "Check that you are online and that no firewall blocks realtime.cloudflare.com, then join again.",
  "again",
);
const FIREWALL = words(
  "The room cannot be reached from this network",
  "A firewall blocks video calls. Use another network, such as mobile data, and join again.",
  "again",
);
const TROUBLE = words("Cloudflare has a problem", "It is not your device. Wait a minute, then join again.", "again");
const BUSY = words("Too many requests", "Cloudflare limits the requests. Wait a minute, then join again.", "again");
const UNKNOWN = words("The room could not be opened", "Join again. If it happens again, ask for a new link.", "again");

/**
 * The message while the room is not open yet.
 *
 * @param {number} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 * @returns {Words}
 */
export function notOpenYet(opens, now) {
  return opens * 1000 > now
    ? words(`The class opens ${shownTime(opens, now)}`, "Leave this page open: it will let you in.", "again")
    : words(
        "The class has not been opened yet",
        "Leave this page open: it will let you in. If the class is on already, ask for a new link.",
        "again",
      );
}

/** RealtimeKit's error codes, `ERROR_CODES` in its typings. */
const NOT_STARTED = "0001";
const REFUSED_TOKEN = "0004";
const UNSUPPORTED_BROWSER = "0010";
const RATE_LIMITED = "0013";
const NO_MEDIA = "0014";
/** The codes of a server that cannot be reached. */
const UNREACHABLE = new Set(["0002", "0011", "0012", NO_MEDIA]);

/**
 * The HTTP status that RealtimeKit 2.0.2 writes at the end of its messages; null when it wrote none.
 *
 * @param {string} message
 * @returns {number | null}
 */
function statusIn(message) {
  const found = /\((\d{3})\)\s*$/.exec(message);
  return found ? Number(found[1]) : null;
}

/**
 * Whether RealtimeKit refused the token, which it also does while a room is closed.
 *
 * @param {{code?: string} | null | undefined} problem
 */
export const isRefusal = (problem) => problem?.code === REFUSED_TOKEN;

/**
 * The message when the room could not be opened or joined.
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
  const status = statusIn(message);
  if (!online) return NETWORK;
  if (code === UNSUPPORTED_BROWSER) return NO_WEBRTC;
  if (code === RATE_LIMITED || status === 429) return BUSY;
  if (code === REFUSED_TOKEN) {
    const expires = expiryOf(token);
    if (expires !== null && expires * 1000 <= now) return EXPIRED;
    return status === 403 || status === 404 ? OVER : INVALID;
  }
  if (code === NOT_STARTED && status !== null && status >= 500) return TROUBLE;
  if (code === NO_MEDIA && /firewall/i.test(message)) return FIREWALL;
  if (UNREACHABLE.has(code) || /unable to connect|failed to fetch|network|load failed|timed? ?out/i.test(message))
    return NETWORK;
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
      return words("You have left", "You can join again while the class is live. Otherwise close this page.", "again");
    case "kicked":
      return words("You were removed from the class", "The host removed you. Ask them if that was a mistake.");
    case "ended":
      return words("The class has ended", "Thank you for taking part. You can close this page.");
    case "rejected":
      return words("You were not let in", "The host did not admit you from the waiting room. Ask them for help.");
    case "connected-meeting":
      return words("The room has changed", "You were moved to another room of the same class.", "again");
    case "disconnected":
    case "failed":
      return words("The connection was lost", "Check that you are online, then join again.", "again");
    default:
      return words("You are no longer in the room", "You can try to join again.", "again");
  }
}
