import type { RecordingFilter, RecordingsQuery } from "../../ipc/client";

/** What narrows the list beside its words and its status, and its order. Absent members narrow nothing. */
export type Narrowing = {
  place?: string | null;
  flags?: string[];
  instructor?: string | null;
  tags?: string[];
  from?: string | null;
  /** How many days back from now, instead of `from`. */
  days?: number | null;
  until?: string | null;
  /** The moment before which Stream deletes the video. */
  expires_before?: string | null;
  sort?: string;
  ascending?: boolean;
};

/** What the list shows: words, a status, and what narrows it further. */
export type Shown = { search: string; filter: RecordingFilter } & Narrowing;

/** The recordings that the list shows, by their status. */
export const FILTERS: { value: RecordingFilter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "ready", label: "Ready" },
  { value: "processing", label: "On the way" },
  { value: "failed", label: "Failed" },
  { value: "deleted", label: "Deleted" },
];

/** The words of the flags. */
export const FLAGS = [
  { id: "not_shared", label: "Not shared" },
  { id: "no_captions", label: "No captions" },
  { id: "untagged", label: "Untagged" },
  { id: "expiring", label: "Expiring soon" },
  { id: "kept", label: "Kept forever" },
  { id: "silent_or_blank", label: "Silent or blank" },
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

/** The ranges of days that can be chosen, counted back from now. */
export const PERIODS = [
  { id: "7", label: "Last 7 days" },
  { id: "30", label: "Last 30 days" },
  { id: "90", label: "Last 90 days" },
  { id: "365", label: "Last 12 months" },
] as const;

/** The chosen range of days; "other" where a view or the history has another begin. */
export function periodOf(more: Narrowing): string {
  if (more.from) return "other";
  if (!more.days) return "";
  return PERIODS.find(({ id }) => Number(id) === more.days)?.id ?? "other";
}

/** The order of the list that nobody chose. */
export const DEFAULT_ORDER = "fit down";

/** The orders of the list: the column, and whether it goes up. */
export const ORDERS = [
  { id: "when down", label: "Newest first" },
  { id: "when up", label: "Oldest first" },
  { id: "title up", label: "Title, A to Z" },
  { id: "title down", label: "Title, Z to A" },
  { id: "instructor up", label: "Instructor, A to Z" },
  { id: "instructor down", label: "Instructor, Z to A" },
  { id: "length down", label: "Longest first" },
  { id: "length up", label: "Shortest first" },
  { id: "size down", label: "Largest first" },
  { id: "size up", label: "Smallest first" },
  { id: "status up", label: "By status" },
  { id: "status down", label: "By status, turned round" },
  { id: "links down", label: "Most links first" },
  { id: "links up", label: "Fewest links first" },
] as const;

/** The order that a query asks for, as one of `ORDERS`. */
export function orderOf(more: Narrowing): string {
  const sort = more.sort ?? "fit";
  return sort === "fit" ? DEFAULT_ORDER : `${sort} ${more.ascending ? "up" : "down"}`;
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
    ...(query.days ? { days: query.days } : {}),
    ...(query.until ? { until: query.until } : {}),
    ...(query.expires_before ? { expires_before: query.expires_before } : {}),
    ...(query.sort && query.sort !== "fit" ? { sort: query.sort } : {}),
    ...(query.ascending ? { ascending: true } : {}),
  };
}

export const narrows = (more: Narrowing): boolean =>
  Boolean(
    more.place ||
    more.flags?.length ||
    more.instructor ||
    more.tags?.length ||
    more.from ||
    more.days ||
    more.until ||
    more.expires_before,
  );
