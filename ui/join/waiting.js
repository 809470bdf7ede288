// When the page tries again while a room is not open yet. A whole class waits at once, so the tries are few and spread.

/** So long before the time that was announced the page begins to try often, because rooms are opened early. */
const EARLY_MS = 15 * 60_000;
/** So long after it the page stops trying by itself. */
const LATE_MS = 60 * 60_000;
/** Tries are this far apart, and a random part of `SPREAD_MS` more. */
const PAUSE_MS = 20_000;
const SPREAD_MS = 20_000;
/** The pause and its random part while the class is further ahead: it may be started long before its time. */
const FAR_PAUSE_MS = 5 * 60_000;
const FAR_SPREAD_MS = 60_000;

/**
 * Whether a room that refuses everybody may just not be open yet.
 *
 * @param {number | null} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 */
export const mayOpen = (opens, now) => opens !== null && now < opens * 1000 + LATE_MS;

/**
 * How long to wait before the next try, in milliseconds.
 *
 * @param {number} opens seconds since 1970
 * @param {number} now milliseconds since 1970
 * @param {number} random from 0 up to 1
 * @returns {number}
 */
export function pauseBefore(opens, now, random) {
  const untilEarly = opens * 1000 - EARLY_MS - now;
  const far = Math.min(untilEarly + random * SPREAD_MS, FAR_PAUSE_MS + random * FAR_SPREAD_MS);
  return Math.max(PAUSE_MS + random * SPREAD_MS, far);
}
