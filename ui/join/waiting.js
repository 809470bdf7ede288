// When the page tries again while a room is not open yet. A whole class waits at once, so the tries are few and spread.

/** So long before the time that was announced the page begins to try, because rooms are opened early. */
const EARLY_MS = 15 * 60_000;
/** So long after it the page stops trying by itself. */
const LATE_MS = 60 * 60_000;
/** Tries are this far apart, and a random part of `SPREAD_MS` more. */
const PAUSE_MS = 20_000;
const SPREAD_MS = 20_000;
/** Timers of browsers cannot wait longer than 24 days; the page looks at the clock again in between. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/**
 * Whether a room that refuses everybody may just not be open yet.
 *
 * @param {number | null} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 */
export const mayOpen = (opens, now) => opens !== null && now < opens * 1000 + LATE_MS;

/**
 * Whether it is too early to ask.
 *
 * @param {number | null} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 */
export const isTooEarly = (opens, now) => opens !== null && now < opens * 1000 - EARLY_MS;

/**
 * How long to wait before the next try, in milliseconds.
 *
 * @param {number} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 * @param {number} random from 0 up to 1
 * @returns {number}
 */
export function pauseBefore(opens, now, random) {
  const pause = PAUSE_MS + random * SPREAD_MS;
  const untilEarly = opens * 1000 - EARLY_MS - now;
  return Math.min(Math.max(pause, untilEarly + random * SPREAD_MS), LONGEST_PAUSE_MS);
}
