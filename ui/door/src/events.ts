// Events: what the desk fetches, and how long it has time to.

import type { Database, Statement } from "./env";

/** A desk that was off for longer misses what is older. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Old rows that are deleted with each new one: more than are added, and few enough to cost nothing. */
export const CLEARED_AT_ONCE = 10;

/** Deletes a few of the oldest events where they are too old. */
export const clearedEvents = (db: Database, now: number): Statement =>
  db
    .prepare(
      `DELETE FROM events WHERE seq IN
         (SELECT seq FROM (SELECT seq, at FROM events ORDER BY seq LIMIT ?2) WHERE at < ?1)`,
    )
    .bind(now - KEPT_MS, CLEARED_AT_ONCE);
