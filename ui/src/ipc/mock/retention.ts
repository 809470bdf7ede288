// How long recordings stay, in the mock: kept forever, the bin, and the rules.
import type { BulkDto, RecordingDto, RecordingsQuery, RetentionDto, TrialDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const DAY = 24 * 60 * MINUTE;
const BIN_DAYS = 30;
const DAYS_MIN = 30;
const DAYS_MAX = 1096;

export function retention(world: World, matchingOf: (query: RecordingsQuery) => RecordingDto[]) {
  const { store, emit, needCloud, findRecording, putRecording, missing, noteChange } = world;
  let rules: RetentionDto = { rules: [], others_days: 365 };

  const inBin = () => store.recordings.filter((row) => row.removed_at !== null && row.status === "READY");

  /** Changes recordings, lists those that cannot be changed, and can undo all of it. */
  function change(
    rows: readonly RecordingDto[],
    isPossible: (row: RecordingDto) => boolean,
    after: (row: RecordingDto) => RecordingDto,
  ): BulkDto {
    const error = {
      code: "conflict" as const,
      message: "It cannot be watched.",
      next: "Wait until it can be watched.",
    };
    const refused = rows.filter((row) => !isPossible(row)).map(({ id, title }) => ({ id, title, error }));
    const changed = rows.filter((row) => isPossible(row) && JSON.stringify(after(row)) !== JSON.stringify(row));
    changed.forEach((row) => putRecording(after(row)));
    emit("recordings");
    return {
      changed: changed.length,
      unchanged: rows.length - refused.length - changed.length,
      refused,
      change: changed.length > 0 ? noteChange(() => changed.forEach(putRecording)) : null,
    };
  }

  const chosen = (ids: readonly string[], matching: RecordingsQuery | null, except: readonly string[]) =>
    matching ? matchingOf(matching).filter((row) => !except.includes(row.id)) : ids.map(findRecording);

  function checked(asked: RetentionDto): RetentionDto {
    for (const days of [...asked.rules.map((rule) => rule.days), asked.others_days]) {
      if (days !== null && (days < DAYS_MIN || days > DAYS_MAX)) {
        fail(
          "invalid_input",
          `Cloudflare cannot delete a video after ${days} days.`,
          "Choose from 30 to 1,096 days, or keep them forever.",
        );
      }
    }
    return asked;
  }

  function trial(asked: RetentionDto): TrialDto {
    const ready = store.recordings.filter((row) => row.status === "READY" && row.removed_at === null);
    const changes = ready
      .filter((row) => !row.kept)
      .map((row) => {
        const rule = asked.rules.findIndex(
          ({ kind, value }) =>
            (kind === "tag" && row.tags.includes(value)) || (kind === "instructor" && row.instructor === value),
        );
        const days = rule < 0 ? asked.others_days : (asked.rules[rule]?.days ?? null);
        const to = days === null ? null : iso(Date.parse(row.recorded_at) + days * DAY);
        const { id, title, recorded_at, duration_seconds, deleted_on } = row;
        return { id, title, recorded_at, duration_seconds, from: deleted_on, to, rule: rule < 0 ? null : rule };
      })
      .filter(({ from, to }) => from !== to);
    const kept = ready.filter((row) => row.kept).length;
    const name = changes.map(({ id, to }) => `${id}${to}`).join();
    return { name, changes, unchanged: ready.length - kept - changes.length, kept, too_old: 0, unknown: 0 };
  }

  return {
    recordings_missing: missing,
    recordings_keep: ({ ids, matching, except }) =>
      change(
        chosen(ids, matching, except),
        (row) => row.status !== "FAILED",
        (row) => ({ ...row, kept: true, deleted_on: null, removed_at: null }),
      ),
    recordings_bin: ({ ids, matching, except }) =>
      change(
        chosen(ids, matching, except),
        (row) => row.status === "READY" || row.removable,
        (row) => ({
          ...row,
          kept: false,
          removed_at: iso(Date.now()),
          deleted_on: row.status === "READY" ? iso(Date.now() + BIN_DAYS * DAY) : null,
        }),
      ),
    recordings_restore: ({ ids }) =>
      change(
        ids.map(findRecording),
        () => true,
        (row) => ({ ...row, kept: false, removed_at: null, deleted_on: null }),
      ),
    recording_delete: ({ id, typed }) => {
      needCloud();
      const found = findRecording(id);
      if (typed.trim() !== found.title)
        fail("conflict", "The title was written differently.", "Write it as it stands.");
      store.recordings = store.recordings.filter((row) => row.id !== id);
      emit("recordings");
      return { outcome: "deleted" as const, why: null };
    },
    bin_get: () => {
      const rows = inBin().map((recording) => ({
        recording,
        deleted_on: recording.deleted_on,
        told: true,
        deleting: false,
        file_until: null,
        links: store.links.filter((link) => link.recording_id === recording.id).length,
      }));
      return {
        recordings: rows,
        minutes: rows.reduce((sum, { recording }) => sum + Math.ceil((recording.duration_seconds ?? 0) / 60), 0),
        until:
          rows
            .map((row) => row.deleted_on)
            .toSorted()
            .at(-1) ?? null,
        links: rows.reduce((sum, row) => sum + row.links, 0),
      };
    },
    bin_stop_links: ({ ids }) => {
      needCloud();
      store.links = store.links.filter((link) => !ids.includes(link.recording_id));
      emit("links");
      return { stopped: ids, refused: [] };
    },
    retention_get: () => rules,
    retention_series: () => [
      { id: "01890a5d-ac96-774b-bcce-b302099a8057", name: "Karate fundamentals, every Tuesday" },
    ],
    retention_save: ({ rules: asked }) => {
      rules = checked(asked);
      return rules;
    },
    retention_preview: ({ rules: asked }) => trial(checked(asked)),
    retention_apply: ({ trial: name }) => {
      const found = trial(rules);
      if (found.name !== name) {
        fail("conflict", "Something else would change than was shown.", "Look at what the rules would change now.");
      }
      const before = found.changes.map(({ id }) => findRecording(id));
      found.changes.forEach(({ id, to }) => putRecording({ ...findRecording(id), deleted_on: to }));
      emit("recordings");
      const undo = before.length > 0 ? noteChange(() => before.forEach(putRecording)) : null;
      return { changed: before.length, change: undo };
    },
  } satisfies Partial<Answers>;
}
