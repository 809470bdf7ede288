// The words of the door for what it does not do.

import { notOpenYet } from "./words.js";

/** @typedef {import("./words.js").Words} Words */

/** @type {(heading: string, text: string, next?: "again" | "copy" | null) => Words} */
const words = (heading, text, next = null) => ({ heading, text, next });

/** @type {Record<string, Words>} */
const REASONS = {
  unknown: words("This link is not valid", "Copy the whole link from the message, or ask for it again."),
  revoked: words("This link has been taken back", "Ask the person who sent it for a new one."),
  over: words("The class is over", "If it should be on now, ask the host for a new link."),
  cancelled: words("The class does not take place", "It was cancelled. Ask the host for another date."),
  full: words("The class is full", "Every place is taken. When somebody leaves, you can try again.", "again"),
  removed: words("You were removed from the class", "The host removed you. Ask them if that was a mistake."),
  refused: words("You were not let in", "The host did not admit you. Ask them for help."),
  name: words("Your name was not accepted", "Enter a name of at most 50 letters.", "again"),
  consent: words("An answer is missing", "Say whether you agree to be recorded, then join again.", "again"),
  waiting: words("Waiting to be let in", "The host lets you in. Leave this page open.", "again"),
  slow: words(
    "Too many requests",
    "Too many people come from your network at once. The page tries again by itself.",
    "again",
  ),
  offline: words("No connection", "Check that you are online. The page tries again by itself.", "again"),
  realtimekit: words("Cloudflare has a problem", "It is not your device. The page tries again by itself.", "again"),
  later: words("The class cannot be opened now", "It is not your device. The page tries again by itself.", "again"),
};

/**
 * @param {{reason: string, opens?: number}} reply
 * @param {number} now milliseconds since 1970, by the door's clock
 * @returns {Words}
 */
export function doorWords({ reason, opens }, now) {
  if (reason === "early") return notOpenYet(Math.floor((opens ?? 0) / 1000), now);
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : REASONS.later;
}
