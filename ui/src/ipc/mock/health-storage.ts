// What the storage holds, in the mock, and emptying the bin.
import type { RecordingDto, StorageDayDto, StorageDto, UseDto, WayDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
const EMPTY_WORDS = "empty the bin";

const minutesOf = (row: RecordingDto) => Math.ceil((row.duration_seconds ?? 0) / 60);
const sum = (rows: readonly RecordingDto[]) => rows.reduce((all, row) => all + minutesOf(row), 0);

function usesBy(rows: readonly RecordingDto[], namesOf: (row: RecordingDto) => readonly string[]): UseDto[] {
  const uses = new Map<string, UseDto>();
  for (const row of rows) {
    for (const name of namesOf(row)) {
      const use = uses.get(name) ?? { name, minutes: 0, recordings: 0 };
      uses.set(name, { name, minutes: use.minutes + minutesOf(row), recordings: use.recordings + 1 });
    }
  }
  return [...uses.values()].sort((one, other) => other.minutes - one.minutes);
}

export function healthStorage(world: World) {
  const { store, scenario, needCloud, emit, findRecording } = world;
  const isFull = scenario === "failures";
  let emptied = false;

  function overview(): StorageDto {
    const now = Date.now();
    const ready = store.recordings.filter((row) => row.status === "READY");
    const library = ready.filter((row) => row.removed_at === null);
    const bin = ready.filter((row) => row.removed_at !== null);
    const expiring = library
      .filter((row) => row.deleted_on !== null && Date.parse(row.deleted_on) < now + 31 * DAY)
      .sort((one, other) => (one.deleted_on ?? "").localeCompare(other.deleted_on ?? ""));
    const kept = library.filter((row) => row.kept);
    const waiting = store.recordings.filter((row) => row.status === "FAILED" && row.cause?.code === "storage_full");
    const empty = store.recordings.length === 0;
    // The mock has few recordings: the other videos of the account fill the storage.
    const mine = sum(library) + sum(bin);
    const limit = Math.max(100_000, Math.ceil(mine / 810) * 1_000);
    const other = empty ? 0 : Math.max(0, Math.round((isFull && !emptied ? 1 : 0.81) * limit) - mine);
    const used = mine + other;
    const share = used / limit;
    const growth = empty ? null : 3_600;
    const history: StorageDayDto[] = empty
      ? []
      : Array.from({ length: 18 }, (_, at) => {
          const week = at - 12;
          const then = Math.max(0, Math.min(limit, used + (week * 7 * (growth ?? 0)) / 30));
          return {
            date: iso(now + week * 7 * DAY).slice(0, 10),
            used: then,
            limit,
            forecast: week > 0,
            with_rules: week > 0 ? Math.max(0, used - week * 60) : null,
          };
        });
    const ways: WayDto[] = [
      {
        kind: "empty_bin",
        minutes: sum(bin),
        recordings: bin.length,
        words: "Empty the bin",
        note: "At once. What is in it cannot be brought back.",
      },
      {
        kind: "archive_unwatched",
        minutes: 4_480,
        recordings: 71,
        words: "Archive what nobody watches",
        note: "A copy goes to a place of the archive first.",
      },
      {
        kind: "rule",
        minutes: 900,
        recordings: 15,
        words: "Apply the rules to what is there",
        note: "About so much a month. It can be tried without doing it.",
      },
      { kind: "buy", minutes: 1_000, recordings: 0, words: "Buy 1,000 minutes", note: "$5 a month at Cloudflare." },
    ];
    return {
      used,
      limit,
      left: limit - used,
      share,
      asked_at: iso(now - 12 * MINUTE),
      problem: null,
      sentence: empty
        ? "Nothing is stored yet."
        : isFull && !emptied
          ? "The storage is full: a new recording finds no room."
          : "The storage has room for 5 months at the present pace.",
      library_minutes: sum(library),
      expiring_minutes: sum(expiring),
      bin_minutes: sum(bin),
      other_minutes: other,
      expiring_count: expiring.length,
      bin_count: bin.length,
      growth_per_month: growth,
      full_on: empty ? null : iso(now + 150 * DAY).slice(0, 10),
      full_on_with_rules: null,
      goal: 0.8,
      by_tag: usesBy(library, (row) => row.tags),
      by_instructor: usesBy(library, (row) => [row.instructor]),
      by_month: usesBy(library, (row) => [row.recorded_at.slice(0, 7)]),
      kept: { name: "Kept forever", minutes: sum(kept), recordings: kept.length },
      never_watched: empty ? null : { name: "Never watched", minutes: 4_480, recordings: 71 },
      unwatched_year: null,
      watched_since: empty ? null : iso(now - 120 * DAY).slice(0, 10),
      ways: ways.filter((way) => way.kind === "buy" || (!empty && way.minutes > 0)),
      expiring: expiring.slice(0, 20).map((row, at) => ({
        id: row.id,
        title: row.title,
        instructor: row.instructor,
        recorded_at: row.recorded_at,
        expires: row.deleted_on ?? iso(now),
        minutes: minutesOf(row),
        watched_minutes: at % 2 === 0 ? 212 : 0,
        last_watched: at % 2 === 0 ? iso(now - 40 * DAY).slice(0, 10) : null,
      })),
      waiting: (isFull && !emptied ? waiting : []).map(({ id, title, rescue_until }) => ({
        id,
        title,
        kept_until: rescue_until,
      })),
      history,
    };
  }

  return {
    storage_overview: overview,
    bin_empty: ({ typed }) => {
      needCloud();
      if (typed.trim().toLowerCase() !== EMPTY_WORDS)
        fail("not_confirmed", "The words were written differently.", `Write: ${EMPTY_WORDS}.`);
      const bin = store.recordings.filter((row) => row.removed_at !== null);
      store.recordings = store.recordings.filter((row) => row.removed_at === null);
      emptied = true;
      emit("recordings", "desk");
      return { deleted: bin.length, minutes: sum(bin), refused: [] };
    },
    class_print_open: ({ session }) => {
      if (!store.recordings.some((row) => row.session_id === session)) findRecording(session);
      return null;
    },
  } satisfies Partial<Answers>;
}
