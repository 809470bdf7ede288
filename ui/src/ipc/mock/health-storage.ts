// The mock's storage.
import type { StorageDayDto } from "../bindings";
import { iso } from "./scenario";
import { MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
const LIMIT = 100_000;
const USED = 81_040;
const A_MONTH = 4000;

export function healthStorage({ scenario }: World) {
  const isEmpty = scenario === "empty";

  function history(): StorageDayDto[] {
    return Array.from({ length: 79 }, (_, index) => {
      const week = index - 52;
      const grown = (week * A_MONTH * 7) / 30;
      const ruled = USED - 1500 + 900 * Math.sin(week / 4);
      return {
        date: iso(Date.now() + week * 7 * DAY).slice(0, 10),
        used: Math.round(Math.min(LIMIT, USED + grown * (week < 0 ? 0.7 : 1))),
        limit: LIMIT,
        forecast: week > 0,
        with_rules: week > 0 ? Math.round(ruled) : null,
      };
    });
  }

  return {
    storage_overview: () => ({
      used: isEmpty ? 0 : USED,
      limit: LIMIT,
      left: isEmpty ? LIMIT : LIMIT - USED,
      share: isEmpty ? 0 : USED / LIMIT,
      asked_at: iso(Date.now() - 11 * MINUTE),
      problem: null,
      sentence: "Grows by about 4,000 minutes a month. 3,540 of the minutes are in the bin.",
      library_minutes: USED - 3540,
      expiring_minutes: 1200,
      bin_minutes: 3540,
      other_minutes: 0,
      expiring_count: 14,
      bin_count: 42,
      growth_per_month: A_MONTH,
      full_on: iso(Date.now() + 142 * DAY).slice(0, 10),
      full_on_with_rules: null,
      goal: 0.8,
      by_tag: [],
      by_instructor: [],
      by_month: [],
      kept: { name: "kept", minutes: 0, recordings: 0 },
      never_watched: null,
      unwatched_year: null,
      watched_since: null,
      ways: [],
      expiring: [],
      waiting: [],
      history: isEmpty ? [] : history(),
    }),
  } satisfies Partial<Answers>;
}
