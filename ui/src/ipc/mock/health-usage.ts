// What is used and what it costs, in the mock.
import type { EstimateDto, MonthDto, PriceDto, SpendDto, UsageDto } from "../bindings";
import { fail, type Answers, type World } from "./world";

const DOCS = "Cloudflare’s documentation, read on 1 November 2026";
const CLOUDFLARE: readonly PriceDto[] = [
  {
    name: "stored",
    label: "Stored minutes",
    per: "1,000 minutes stored, a month",
    cents: 500,
    from: "2024-01-01",
    source: DOCS,
    is_default: true,
  },
  {
    name: "delivered",
    label: "Watched minutes",
    per: "1,000 minutes watched",
    cents: 100,
    from: "2024-01-01",
    source: DOCS,
    is_default: true,
  },
  {
    name: "rooms",
    label: "Rooms",
    per: "1,000 minutes of a person in a room",
    cents: 0,
    from: "2025-04-01",
    source: `${DOCS}: free while RealtimeKit is in beta`,
    is_default: true,
  },
];

/** The bits of a minute by quality, in gigabytes. */
const GIGABYTES: Record<string, number> = { "1080p": 0.0102, "720p": 0.0055, "480p": 0.0027 };

export function healthUsage({ store, scenario }: World) {
  let prices = CLOUDFLARE.map((price) => ({ ...price }));
  let budget: number | null = null;
  const isEmpty = () => store.recordings.length === 0;

  const centsOf = (name: string) => prices.find((price) => price.name === name)?.cents ?? 0;

  function months(count: number): MonthDto[] {
    const now = new Date();
    return Array.from({ length: count }, (_, at) => {
      const back = count - 1 - at;
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
      const stored = (81 - back * 3.4) * centsOf("stored");
      return {
        month,
        stored: Math.max(0, stored),
        watched: (6 + ((at * 5) % 4)) * centsOf("delivered"),
        rooms: 0,
        exports: 0,
        is_forecast: back === 0,
        is_estimate: true,
      };
    });
  }

  const spend = (name: string, stored_minutes: number, watched_minutes: number): SpendDto => ({
    name,
    stored_minutes,
    watched_minutes,
    cents: (stored_minutes * centsOf("stored") + watched_minutes * centsOf("delivered")) / 1000,
  });

  function overview(count: number): UsageDto {
    const shown = isEmpty() ? [] : months(count);
    const last = shown.at(-1);
    const forecast = last ? last.stored + last.watched + last.rooms + last.exports : 0;
    const over = budget !== null && forecast > budget;
    return {
      currency: "USD",
      months: shown,
      this_month: forecast * 0.7,
      forecast,
      budget,
      over_budget: over,
      sentence: isEmpty()
        ? "Nothing was stored or watched yet."
        : over
          ? "This month will cost more than the budget."
          : "This month costs about what the last one did.",
      estimate_note: "An estimate. Cloudflare rounds watched minutes, and its invoice counts.",
      watched_since: isEmpty() ? null : "2026-08-01",
      watched_problem:
        scenario === "offline"
          ? { message: "Cloudflare did not count what was watched.", next: "It is asked again once a day." }
          : null,
      rooms_free: true,
      room_sessions: store.sessions.length,
      room_minutes: 9_240,
      recorded_minutes: 3_610,
      by_instructor: isEmpty() ? [] : [spend("M. Ito", 41_200, 5_100), spend("R. Alves", 22_480, 1_900)],
      by_series: isEmpty() ? [] : [spend("Karate fundamentals, every Tuesday", 28_410, 4_200)],
      by_tag: isEmpty() ? [] : [spend("kihon", 28_410, 4_200), spend("kids", 13_340, 700)],
      prices,
    };
  }

  function estimate(minutes: number, people: number, quality: string): EstimateDto {
    if (minutes <= 0 || people <= 0)
      fail("invalid_input", "There is nothing to estimate.", "Give a length and a number of people.");
    const stored = Math.ceil(minutes);
    const left = 4_120;
    const month = (stored * centsOf("stored")) / 1000;
    const watched = (stored * people * centsOf("delivered")) / 1000;
    return {
      cents_room: 0,
      cents_recording: 0,
      cents_stored_month: month,
      cents_if_all_watch: watched,
      stored_minutes: stored,
      minutes_left: left,
      fits: stored <= left,
      rooms_free: true,
      sentence: `About $${(month / 100).toFixed(2)} a month to store, and ${stored} of your 4,120 free minutes.`,
      qualities: Object.entries(GIGABYTES).map(([name, each]) => ({
        quality: name,
        label: name,
        gigabytes: each * minutes,
        cents: month,
        is_chosen: name === quality,
      })),
    };
  }

  return {
    usage_overview: ({ months: count }) => overview(count),
    price_set: ({ name, cents, from }) => {
      if (!Number.isFinite(cents) || cents < 0)
        fail("invalid_input", "A price is not less than nothing.", "Write 0 or more.");
      prices = prices.map((price) =>
        price.name === name ? { ...price, cents, from, source: "Your own price", is_default: false } : price,
      );
      return prices;
    },
    price_reset: ({ name }) => {
      prices = prices.map((price) =>
        price.name === name ? { ...CLOUDFLARE.find((one) => one.name === name)! } : price,
      );
      return prices;
    },
    budget_set: ({ cents }) => {
      budget = cents;
      return null;
    },
    cost_estimate: ({ minutes, people, quality }) => estimate(minutes, people, quality),
  } satisfies Partial<Answers>;
}
