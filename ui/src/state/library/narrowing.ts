import type { RecordingFilter, RecordingsQuery } from "../../ipc/client";

/** What narrows the list beside its words and its status, and its order. Absent members narrow nothing. */
export type Narrowing = {
  place?: string | null;
  flags?: string[];
  instructor?: string | null;
  tags?: string[];
  from?: string | null;
  until?: string | null;
  sort?: string;
  ascending?: boolean;
};

/** What the list shows: words, a status, and what narrows it further. */
export type Shown = { search: string; filter: RecordingFilter } & Narrowing;

/** The words of the flags. */
export const FLAGS = [
  { id: "not_shared", label: "Not shared" },
  { id: "no_captions", label: "No captions" },
  { id: "untagged", label: "Untagged" },
] as const;

/** The words of the places where a search looks. */
export const PLACES: Record<string, string> = {
  everywhere: "Everywhere",
  title: "In the title",
  instructor: "Instructor",
  tags: "Tags",
  notes: "Notes",
  people: "People",
  chat: "Chat",
  transcript: "Transcript",
};

const DAY_MS = 86_400_000;

/** The ranges of days that can be chosen, counted back from now. */
export const PERIODS = [
  { id: "7", label: "Last 7 days" },
  { id: "30", label: "Last 30 days" },
  { id: "90", label: "Last 90 days" },
  { id: "365", label: "Last 12 months" },
] as const;

/** The begin of a period. */
export function beginOf(days: string, now: Date): string {
  return new Date(now.getTime() - Number(days) * DAY_MS).toISOString();
}

/** The words of the begin of a period that is in a saved view or in the history. */
export function periodOf(from: string | null | undefined, now: Date): string {
  if (!from) return "";
  const days = (now.getTime() - Date.parse(from)) / DAY_MS;
  const nearest = PERIODS.find(({ id }) => Math.abs(days - Number(id)) < Number(id) / 10 + 0.1);
  return nearest?.id ?? "other";
}

/** The query of the core for what is shown, without a page. */
export function queryOf(shown: Shown): RecordingsQuery {
  return { search: shown.search, filter: shown.filter, limit: 0, offset: 0, ...narrowingOf(shown) };
}

/** What narrows, without what narrows nothing. */
export function narrowingOf(query: Narrowing) {
  return {
    ...(query.place && query.place !== "everywhere" ? { place: query.place } : {}),
    ...(query.flags?.length ? { flags: query.flags } : {}),
    ...(query.instructor ? { instructor: query.instructor } : {}),
    ...(query.tags?.length ? { tags: query.tags } : {}),
    ...(query.from ? { from: query.from } : {}),
    ...(query.until ? { until: query.until } : {}),
    ...(query.sort && query.sort !== "fit" ? { sort: query.sort } : {}),
    ...(query.ascending ? { ascending: true } : {}),
  };
}

export const narrows = (more: Narrowing): boolean =>
  Boolean(more.place || more.flags?.length || more.instructor || more.tags?.length || more.from || more.until);
