// Searching and filtering in the mock. It finds words in titles, names, notes and tags; it has no chats and no transcripts.
import type { FacetDto, FacetsDto, HitDto, LinkDto, RecordingDto, RecordingsQuery } from "../bindings";
import { found, searchable } from "../../lib/search";
import { hasStretches } from "./captions";
import { MINUTE } from "./world";

const DAY = 24 * 60 * MINUTE;

const TEXTS = [
  { place: "title", of: (row: RecordingDto) => row.title },
  { place: "instructor", of: (row: RecordingDto) => row.instructor },
  { place: "tags", of: (row: RecordingDto) => row.tags.join(", ") },
  { place: "notes", of: (row: RecordingDto) => row.notes },
] as const;

const FLAGS: Record<string, (row: RecordingDto, links: readonly LinkDto[]) => boolean> = {
  not_shared: (row, links) => row.status === "READY" && !links.some((link) => link.recording_id === row.id),
  no_captions: (row) => row.status === "READY",
  untagged: (row) => row.tags.length === 0,
  silent_or_blank: (row) => hasStretches(row.id),
};

/** Whether a recording passes a query, whatever its status. */
export function foundIn(row: RecordingDto, query: RecordingsQuery, links: readonly LinkDto[]): boolean {
  const texts = TEXTS.filter(({ place }) => !query.place || query.place === "everywhere" || query.place === place);
  return (
    found(query.search, ...texts.map(({ of }) => of(row))) &&
    (!query.instructor || row.instructor === query.instructor) &&
    (query.tags ?? []).every((tag) => row.tags.some((one) => one.toLowerCase() === tag.toLowerCase())) &&
    (!query.from || row.recorded_at >= query.from) &&
    (!query.days || Date.parse(row.recorded_at) >= Date.now() - query.days * DAY) &&
    (!query.until || row.recorded_at < query.until) &&
    (!query.expires_before || (row.deleted_on !== null && row.deleted_on < query.expires_before)) &&
    (query.flags ?? []).every((flag) => FLAGS[flag]?.(row, links) ?? true)
  );
}

const isOf = (row: RecordingDto, filter: string): boolean => {
  if (filter === "processing") return row.status === "PROCESSING" || row.status === "RECORDING";
  if (filter === "deleted") return row.deleted_at !== null;
  return filter === "all" || (row.status === filter.toUpperCase() && row.deleted_at === null);
};

/** The recordings in the order of a query. */
export function sorted(rows: readonly RecordingDto[], query: RecordingsQuery): RecordingDto[] {
  const by: Record<string, (row: RecordingDto) => string | number> = {
    title: (row) => searchable(row.title),
    instructor: (row) => row.instructor,
    length: (row) => row.duration_seconds ?? -1,
    size: (row) => row.size_bytes ?? -1,
    status: (row) => row.status,
    links: (row) => row.links_made,
  };
  const value = by[query.sort ?? ""] ?? ((row: RecordingDto) => row.recorded_at);
  const sign = query.ascending ? 1 : -1;
  return rows.toSorted((one, other) => {
    const [a, b] = [value(one), value(other)];
    return a === b ? 0 : sign * (a < b ? -1 : 1);
  });
}

/** Where a search is found in a recording: the whole text of the place is one piece that is found. */
export function hitsIn(row: RecordingDto, search: string): HitDto[] {
  if (!search.trim()) return [];
  return TEXTS.filter(({ of }) => of(row) && found(search, of(row))).map(({ place, of }) => ({
    place,
    pieces: [{ text: of(row), found: true }],
    at_seconds: null,
  }));
}

const grouped = (names: readonly string[]): FacetDto[] => {
  const counts = new Map<string, number>();
  names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return [...counts].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count);
};

/** How many recordings each choice of a filter would leave. */
export function countsOf(all: readonly RecordingDto[], query: RecordingsQuery, links: readonly LinkDto[]): FacetsDto {
  const passing = (changed: Partial<RecordingsQuery>, filter: string = query.filter) =>
    all.filter((row) => foundIn(row, { ...query, ...changed }, links) && isOf(row, filter));
  const flags = Object.keys(FLAGS).map((name) => ({
    name,
    count: passing({ flags: [...(query.flags ?? []).filter((flag) => flag !== name), name] }).length,
  }));
  const status = (filter: string) => passing({}, filter).length;
  return {
    total: passing({}).length,
    status: {
      all: status("all"),
      ready: status("ready"),
      processing: status("processing"),
      failed: status("failed"),
      deleted: status("deleted"),
    },
    flags,
    places: query.search.trim()
      ? ["everywhere", ...TEXTS.map(({ place }) => place)].map((name) => ({
          name,
          count: passing({ place: name }).length,
        }))
      : [],
    instructors: grouped(all.filter((row) => row.instructor).map((row) => row.instructor)),
    tags: grouped(passing({}).flatMap((row) => row.tags)),
  };
}
