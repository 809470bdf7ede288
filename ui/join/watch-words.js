// The words of the page for watching. Pure functions, so that each case can be tested.

import { oneLine, shownTime } from "./words.js";

/** @typedef {import("./words.js").Words} Words */

/** The words that stand in the page: an element with `data-word` shows the one it names. */
export const WATCH_LABELS = {
  again: "Try again",
  locked: "This recording needs a passphrase",
  passphrase: "Passphrase",
  passphraseMissing: "Enter the passphrase.",
  watch: "Watch",
  checking: "Checking…",
  download: "Download",
};

/** @type {(heading: string, text: string, next?: "again" | null) => Words} */
const words = (heading, text, next = null) => ({ heading, text, next });

/** @type {Record<string, Words>} */
const REASONS = {
  unknown: words("This link is not valid", "Copy the whole link from the message, or ask for it again."),
  revoked: words("This link has been taken back", "Ask the person who sent it for a new one."),
  over: words("This link has ended", "Ask the person who sent it for a new one."),
  country: words(
    "This recording cannot be watched from here",
    "Its link works in certain countries only. Ask the person who sent it.",
  ),
  passphrase: words("The passphrase is not right", "Check it, and try again.", "again"),
  slow: words("Too many tries", "Wait a minute, then try again.", "again"),
  offline: words("No connection", "Check that you are online, then try again.", "again"),
  later: words("The recording cannot be opened now", "It is not your device. Wait a moment, then try again.", "again"),
  not_ready: words(
    "The recording cannot be played",
    "It may still be in the making, or it was deleted. Try again later, or ask the person who sent the link.",
    "again",
  ),
  no_decoder: words(
    "This browser cannot play the recording",
    "Open the link in a current Chrome, Edge, Firefox or Safari.",
  ),
};

/**
 * @param {{reason: string, opens?: number}} reply
 * @param {number} now milliseconds since 1970, by the door's clock
 * @returns {Words}
 */
export function watchWords({ reason, opens }, now) {
  if (reason === "early") {
    const when = shownTime(Math.floor((opens ?? 0) / 1000), now);
    return words("This recording cannot be watched yet", `Its link works ${when}. Open it again then.`, "again");
  }
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : REASONS.later;
}

/**
 * The title of a recording on one line.
 *
 * @param {string | null | undefined} title
 * @returns {string}
 */
export const titleOf = (title) => oneLine(title, 120) || "Recording";

/**
 * When a recording was made and how long it is.
 *
 * @param {{recorded?: number, seconds?: number | null}} facts
 * @param {string} [timeZone] that of the computer if it is missing
 * @returns {string}
 */
export function factsOf({ recorded, seconds }, timeZone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone };
  const parts = [];
  if (recorded) parts.push(new Intl.DateTimeFormat("en-GB", day).format(recorded).replace(",", ""));
  if (seconds) parts.push(lengthOf(seconds));
  return parts.join(" · ");
}

/** @param {number} seconds */
function lengthOf(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}
