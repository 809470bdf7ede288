// The mock's answers to the commands about recordings.
import type { FailureGroupDto, RecordingDto, RecordingEventDto, RecordingsQuery, TodayDto } from "../bindings";
import { captioned } from "./captions";
import { clips, costOf } from "./clips";
import { described } from "./described";
import { retention } from "./retention";
import { transfers } from "./transfers";
import { countsOf, foundIn, hitsIn, sorted } from "./search";
import { atStage, candidatesFor, CAUSES, coverageOf, GUESS, iso, recording } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

export function library(world: World) {
  const { scenario, store, needCloud, findRecording, listed, missing, putRecording, walk, nextNumber } = world;
  /** The recordings on Today, as the core sends them. */
  function today(): TodayDto {
    const shown = listed();
    const recent = (row: RecordingDto) => Date.now() - Date.parse(row.stage_since) < 24 * 60 * MINUTE;
    const failures = new Map<string, FailureGroupDto>();
    for (const row of shown.filter((each) => each.status === "FAILED")) {
      if (!row.cause) continue;
      const group = failures.get(row.cause.code) ?? {
        cause: row.cause,
        count: 0,
        retryable: 0,
        titles: [],
        recording_id: row.id,
        next_try: row.next_check,
        rescue_until: row.rescue_until,
      };
      group.count += 1;
      group.retryable += row.cause.retryable ? 1 : 0;
      if (group.titles.length < 3) group.titles.push(row.title);
      failures.set(row.cause.code, group);
    }
    const onItsWay = shown.filter((row) => row.status === "PROCESSING");
    const ready = shown.filter((row) => row.status === "READY" && recent(row));
    return {
      failures: [...failures.values()],
      on_its_way: onItsWay.slice(0, 5),
      on_its_way_total: onItsWay.length,
      ready: ready.slice(0, 5),
      ready_total: ready.length,
      unrecorded: store.sessions.filter((row) => row.can_start_again && row.record),
    };
  }

  /** The recordings that a query finds, whatever their status. */
  const matchingOf = (query: RecordingsQuery) => listed().filter((row) => foundIn(row, query, store.links));

  const hasStatus = (row: RecordingDto, filter: string) => {
    if (filter === "processing") return row.status === "PROCESSING" || row.status === "RECORDING";
    if (filter === "deleted") return row.deleted_at !== null;
    return filter === "all" || (row.status === filter.toUpperCase() && row.deleted_at === null);
  };

  return {
    ...captioned(world),
    ...described(world, (query) => matchingOf(query).filter((row) => hasStatus(row, query.filter))),
    ...transfers(world, (query) => matchingOf(query).filter((row) => hasStatus(row, query.filter))),
    ...clips(world),
    ...retention(world, (query) => matchingOf(query).filter((row) => hasStatus(row, query.filter))),
    recordings_counts: ({ query }) => countsOf(listed(), query, store.links),
    recordings_list: ({ query }) => {
      const matching = sorted(matchingOf(query), query);
      const of = (filter: string) => matching.filter((row) => hasStatus(row, filter));
      const rows = of(query.filter);
      const counts = {
        all: matching.length,
        ready: of("ready").length,
        processing: of("processing").length,
        failed: of("failed").length,
        deleted: of("deleted").length,
      };
      return {
        rows: rows.slice(query.offset, query.offset + query.limit),
        hits: rows.slice(query.offset, query.offset + query.limit).map((row) => hitsIn(row, query.search)),
        also: [],
        behind: 0,
        next: null,
        total: rows.length,
        counts,
        missing: missing().length,
      };
    },
    recording_get: ({ id }) => {
      const found = findRecording(id);
      const at = Date.parse(found.recorded_at);
      const events: RecordingEventDto[] = [
        { at: iso(at), from: null, to: "requested", note: "Asked Cloudflare to record." },
        { at: iso(at + 9000), from: "requested", to: "recording", note: "Cloudflare records." },
        { at: found.stage_since, from: "recording", to: found.stage, note: found.sentence },
      ];
      const likely_reason = found.cause?.code === "cloud_errored" ? GUESS.sentence : null;
      const links = store.links.filter((link) => link.recording_id === id);
      const storage_cost = found.status === "READY" ? costOf(found.duration_seconds) : null;
      return { recording: found, likely_reason, events, links, coverage: coverageOf(found), storage_cost };
    },
    recordings_get: ({ ids }) => store.recordings.filter(({ id }) => ids.includes(id)),
    recording_retry: ({ id }) => {
      needCloud();
      const found = findRecording(id);
      if (!found.cause?.retryable) fail("conflict", `“${found.title}” cannot be retried.`, found.cause?.next ?? "");
      walk(id, 1);
      return putRecording(atStage(found, "uploaded", "Stream is asked again.", Date.now()));
    },
    recording_play: ({ id }) => {
      needCloud();
      const found = findRecording(id);
      if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
      return { hls_url: `/${found.video_id}/manifest/video.m3u8`, poster_url: null, expires_at: iso(Date.now() + 6e7) };
    },
    recording_play_trouble: () => null,
    recording_save: ({ id }) => {
      needCloud();
      const found = findRecording(id);
      return { path: `/home/sensei/Downloads/${found.title}.mp4`, bytes: found.size_bytes ?? 0 };
    },
    recordings_missing: missing,
    attach_candidates: ({ sessionId }) => {
      needCloud();
      return scenario === "failures" ? candidatesFor(sessionId, Date.now()) : [];
    },
    attach: ({ sessionId, form }) => {
      needCloud();
      const known = candidatesFor(sessionId, Date.now()).find((row) => row.id === form.id.trim());
      if (!known) {
        const next = "Copy the id again from the Cloudflare dashboard, or choose one of those on the list.";
        fail("not_found", `Cloudflare has no Stream video ${form.id.trim()} in this account.`, next);
      }
      const failed = store.recordings.find((row) => row.session_id === sessionId);
      const base = failed ?? recording(nextNumber(), Date.now(), { session_id: sessionId });
      if (!failed) store.recordings = [base, ...store.recordings];
      return { recording: putRecording(atStage(base, "ready", "Ready to watch.", Date.now())), already: false };
    },
    failures_list: () => ({ causes: CAUSES, guesses: [GUESS] }),
    recording_evidence: ({ id }) => {
      const found = findRecording(id);
      return { text: `recording: ${found.id}\nstage: ${found.stage}`, copied: true };
    },
    today,
    failures_retry: ({ cause }) => {
      needCloud();
      const failed = store.recordings.filter((row) => row.cause?.code === cause && row.cause.retryable);
      failed.forEach((row) => putRecording(atStage(row, "uploaded", "Stream is asked again.", Date.now())));
      return { retried: failed.length, refused: 0 };
    },
  } satisfies Partial<Answers>;
}
