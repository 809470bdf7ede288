// An in-memory desk that answers the whole contract: for looking at the UI in a browser, and for tests.
// It is left out of the packaged app.
import type {
  AttachForm,
  CheckDto,
  ConnectForm,
  FailureGroupDto,
  IpcError,
  LiveDto,
  RecordingDto,
  RecordingsQuery,
  SessionDraft,
  SessionDto,
  SettingsDto,
  Stage,
  TodayDto,
  Topic,
} from "./bindings";
import {
  atStage,
  candidatesFor,
  CAUSES,
  copiesAt,
  copyAt,
  coverageOf,
  fakeId,
  GUESS,
  iso,
  offlineError,
  recording,
  SCENARIOS,
  session,
  storeFor,
  type Scenario,
} from "./mock-data";
import { savedAccount, START_ERRORS } from "./mock-start";
import { found } from "../lib/search";
import type { Transport } from "./transport";

type Handler = (args: Record<string, never>) => unknown;

const MINUTE = 60_000;

/** The moment a wall-clock time in a zone stands for. */
function momentOf(local: string, zone: string): number {
  if (local.endsWith("Z")) return Date.parse(local);
  const guess = Date.parse(`${local}:00Z`);
  const shown = new Date(guess).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T");
  return guess - (Date.parse(`${shown}Z`) - guess);
}

function fail(code: string, message: string, next: string): never {
  const error: IpcError = { code, message, next };
  throw error;
}

/** `pace` is how long each step of a recording takes, in milliseconds. */
export function createMock(name: string, pace = 4000): Transport {
  const scenario: Scenario = SCENARIOS.find((known) => known === name) ?? "live";
  const store = storeFor(scenario, Date.now());
  let shut = START_ERRORS[scenario];
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  let made = 500;
  const copies = copiesAt(scenario === "empty" ? 0 : 6, Date.now());
  const mend = () => {
    shut = undefined;
    emit("desk", "sessions", "recordings", "links");
    return { kept: "/home/you/.local/share/hajime/hajime-damaged-2026-11-22T18.00.00Z.db" };
  };

  const emit = (...topics: Topic[]) => listeners.get("changed")?.forEach((hear) => hear({ topics }));
  const later = (run: () => void) => setTimeout(run, pace);
  const needCloud = () => {
    if (scenario === "offline") throw offlineError;
  };

  function findSession(id: string): SessionDto {
    const found = store.sessions.find((row) => row.id === id);
    return found ?? fail("not_found", "That session is no longer there.", "Go back to the schedule and look again.");
  }
  function findLive(id: string): LiveDto {
    const found = store.live.find((row) => row.session.id === id);
    return found ?? fail("not_live", "That session is not live.", "Start it first.");
  }
  function findRecording(id: string): RecordingDto {
    const found = store.recordings.find((row) => row.id === id);
    return found ?? fail("not_found", "That recording is no longer there.", "Go back to the list and look again.");
  }
  const listed = () => store.recordings.filter((row) => row.removed_at === null);
  const gone = () => listed().filter((row) => row.removable);
  function setRemoved(ids: string[], removed_at: string | null): RecordingDto[] {
    return ids.map((id) => putRecording({ ...findRecording(id), removed_at }));
  }
  function putSession(next: SessionDto): SessionDto {
    store.sessions = store.sessions.map((row) => (row.id === next.id ? next : row));
    store.live = store.live.map((row) => (row.session.id === next.id ? { ...row, session: next } : row));
    emit("sessions");
    return next;
  }
  function putLive(next: LiveDto): LiveDto {
    store.live = store.live.map((row) => (row.session.id === next.session.id ? next : row));
    emit("sessions", "recordings");
    return next;
  }
  function putRecording(next: RecordingDto): RecordingDto {
    store.recordings = store.recordings.map((row) => (row.id === next.id ? next : row));
    emit("recordings", "desk");
    return next;
  }
  function draft(base: SessionDto, input: SessionDraft): SessionDto {
    if (!input.title.trim()) fail("invalid_input", "A session needs a title.", "Type what the class is called.");
    const start = momentOf(input.start_local, input.timezone);
    const { start_local: _, ...kept } = input;
    return { ...base, ...kept, start: iso(start), end: iso(start + input.duration_minutes * MINUTE) };
  }

  const ROAD: [Stage, string][] = [
    ["uploading", "RealtimeKit is uploading the file."],
    ["uploaded", "The file is uploaded; Stream is asked next."],
    ["importing", "Stream is encoding, 12 %."],
    ["playable", "Stream can play it; the other sizes follow."],
    ["ready", "Ready to watch."],
  ];
  function walk(id: string, step = 0): void {
    later(() => {
      const next = ROAD[step];
      if (!next) return;
      putRecording(atStage(findRecording(id), next[0], next[1], Date.now()));
      walk(id, step + 1);
    });
  }

  /** What Today shows of recordings, as the core puts it together. */
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

  function checksFor(form: ConnectForm): CheckDto[] {
    const good = form.api_token.length >= 8;
    const labels: [CheckDto["id"], string][] = [
      ["token", "API token"],
      ["realtime", "RealtimeKit"],
      ["stream", "Stream"],
      ["app", "App"],
      ["presets", "Presets"],
      ["clock", "Clock"],
    ];
    return labels.map(([id, label]) => {
      if (good) return { id, label, state: "passed", message: `${label} is fine.`, next: null };
      if (id !== "token") return { id, label, state: "skipped", message: "Not looked at.", next: null };
      return {
        id,
        label,
        state: "failed",
        message: "Cloudflare does not know this API token.",
        next: "Make a new one in the Cloudflare dashboard and paste it here.",
      };
    });
  }

  const commands: Record<string, Handler> = {
    desk_status: () => {
      if (shut) throw shut;
      const total = listed().length;
      return { ...store.desk, recordings_total: total, live_count: store.live.length };
    },
    sessions_list: ({ from, to }: { from: string | null; to: string | null }) =>
      store.sessions
        .filter((row) => (!from || row.end >= from) && (!to || row.start < to))
        .toSorted((a, b) => a.start.localeCompare(b.start)),
    session_create: ({ input }: { input: SessionDraft }) => {
      const next = draft(session((made += 1), Date.now()), input);
      store.sessions = [...store.sessions, next];
      emit("sessions");
      return next;
    },
    session_edit: ({ id, input }: { id: string; input: SessionDraft }) => putSession(draft(findSession(id), input)),
    session_cancel: ({ id }: { id: string }) => putSession({ ...findSession(id), status: "cancelled" }),
    session_restore: ({ id }: { id: string }) => putSession({ ...findSession(id), status: "scheduled" }),
    session_start_again: ({ id }: { id: string }) => {
      putSession({ ...findSession(id), status: "scheduled", ended_at: null, can_start_again: false });
      return commands.session_start?.({ id, early: true } as never);
    },
    session_start: ({ id, early }: { id: string; early: boolean }) => {
      needCloud();
      const found = findSession(id);
      if (!early && found.status === "scheduled" && Date.parse(found.start) - Date.now() > 60 * MINUTE) {
        fail("too_early", `“${found.title}” is planned for later.`, "Confirm that it starts early, or start it later.");
      }
      if (found.status === "live") return { session: found, already_live: true, opened: true };
      const now = Date.now();
      const captured = found.record
        ? atStage(
            recording((made += 1), now, { session_id: id, title: found.title, duration_seconds: null }),
            "requested",
            "Asked Cloudflare to record.",
            now,
          )
        : null;
      if (captured) store.recordings = [captured, ...store.recordings];
      const next: SessionDto = {
        ...found,
        status: "live",
        started_at: iso(now),
        room_id: fakeId(4, made),
        recording_id: captured?.id ?? null,
      };
      store.live = [
        ...store.live,
        {
          session: next,
          people: 0,
          people_checked_at: iso(now),
          invites_made: 1,
          proof: captured ? "waiting_for_people" : "not_recorded",
          proof_since: null,
          proof_sentence: captured
            ? "Recording begins when the first person joins."
            : "This session is not recorded, as scheduled.",
          recording: captured,
          error: null,
        },
      ];
      putSession(next);
      later(() => {
        const live = store.live.find((row) => row.session.id === id);
        if (!live || !live.recording) return;
        const rolling = atStage(live.recording, "recording", "Recording.", Date.now());
        putRecording(rolling);
        putLive({
          ...live,
          people: 1,
          proof: "recording",
          proof_since: iso(Date.now()),
          proof_sentence: "Cloudflare confirmed just now that this session is being recorded.",
          recording: rolling,
        });
      });
      return { session: next, already_live: false, opened: true };
    },
    session_rejoin: ({ id }: { id: string }) => ({ session: findLive(id).session, already_live: true, opened: true }),
    session_invite: ({ id }: { id: string }) => {
      needCloud();
      const live = findLive(id);
      const max = live.session.max_participants;
      if (live.invites_made >= max) {
        fail("room_full", `All ${max} invitations are made.`, "Raise the maximum of the session to make more.");
      }
      putLive({ ...live, invites_made: live.invites_made + 1 });
      return { made: live.invites_made + 1, max, copied: true, local_only: store.desk.invites_local_only };
    },
    session_end: ({ id }: { id: string }) => {
      const found = findSession(id);
      if (found.status === "ended") return { session: found, already_ended: true, recording: null, waits_for: null };
      const live = findLive(id);
      const now = Date.now();
      const next = putSession({ ...found, status: "ended", ended_at: iso(now) });
      store.live = store.live.filter((row) => row !== live && row.session.id !== id);
      if (live.recording) {
        const stopped = atStage(live.recording, "stopping", "RealtimeKit is finishing the file.", now);
        const seconds = Math.round((now - Date.parse(found.started_at ?? iso(now))) / 1000);
        store.recordings = store.recordings.filter((row) => row.id !== stopped.id);
        store.recordings.unshift({ ...stopped, duration_seconds: seconds });
        walk(stopped.id);
      }
      emit("sessions", "recordings", "desk");
      return { session: next, already_ended: false, recording: live.recording ? "PROCESSING" : null, waits_for: null };
    },
    live_list: () => store.live,
    recording_pause: ({ sessionId }: { sessionId: string }) => {
      needCloud();
      const sentence = "The recording is paused; what happens now is not kept.";
      return putLive({ ...findLive(sessionId), proof: "paused", proof_sentence: sentence });
    },
    recording_resume: ({ sessionId }: { sessionId: string }) => {
      needCloud();
      const sentence = "Cloudflare confirmed just now that this session is being recorded.";
      return putLive({ ...findLive(sessionId), proof: "recording", proof_sentence: sentence, error: null });
    },
    recordings_list: ({ query }: { query: RecordingsQuery }) => {
      const matching = listed()
        .filter((row) => found(query.search, row.title, row.instructor))
        .toSorted((a, b) => b.recorded_at.localeCompare(a.recorded_at));
      const of = (filter: string) =>
        matching.filter((row) => {
          if (filter === "processing") return row.status === "PROCESSING" || row.status === "RECORDING";
          if (filter === "deleted") return row.deleted_at !== null;
          return filter === "all" || (row.status === filter.toUpperCase() && row.deleted_at === null);
        });
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
        total: rows.length,
        counts,
        gone: gone().length,
      };
    },
    recording_get: ({ id }: { id: string }) => {
      const found = findRecording(id);
      const at = Date.parse(found.recorded_at);
      const events = [
        { at: iso(at), from: null, to: "requested", note: "Asked Cloudflare to record." },
        { at: iso(at + 9000), from: "requested", to: "recording", note: "Cloudflare records." },
        { at: found.stage_since, from: "recording", to: found.stage, note: found.sentence },
      ];
      const likely_reason = found.cause?.code === "cloud_errored" ? GUESS.sentence : null;
      const links = store.links.filter((link) => link.recording_id === id);
      return { recording: found, likely_reason, events, links, coverage: coverageOf(found) };
    },
    recording_retry: ({ id }: { id: string }) => {
      needCloud();
      const found = findRecording(id);
      if (!found.cause?.retryable) fail("conflict", `“${found.title}” cannot be retried.`, found.cause?.next ?? "");
      walk(id, 1);
      return putRecording(atStage(found, "uploaded", "Stream is asked again.", Date.now()));
    },
    recordings_gone: gone,
    recordings_remove: ({ ids }: { ids: string[] }) => setRemoved(ids, iso(Date.now())),
    recordings_restore: ({ ids }: { ids: string[] }) => setRemoved(ids, null),
    recording_save: ({ id }: { id: string }) => {
      needCloud();
      const found = findRecording(id);
      return { path: `/home/sensei/Downloads/${found.title}.mp4`, bytes: found.size_bytes ?? 0 };
    },
    recording_evidence: ({ id }: { id: string }) => {
      const found = findRecording(id);
      return { text: `recording: ${found.id}\nstage: ${found.stage}`, copied: true };
    },
    attach_candidates: ({ sessionId }: { sessionId: string }) => {
      needCloud();
      return scenario === "failures" ? candidatesFor(sessionId, Date.now()) : [];
    },
    attach: ({ sessionId, form }: { sessionId: string; form: AttachForm; recordingId: string | null }) => {
      needCloud();
      const known = candidatesFor(sessionId, Date.now()).find((row) => row.id === form.id.trim());
      if (!known) {
        const next = "Copy the id again from the Cloudflare dashboard, or choose one of those on the list.";
        fail("not_found", `Cloudflare has no Stream video ${form.id.trim()} in this account.`, next);
      }
      const failed = store.recordings.find((row) => row.session_id === sessionId);
      const base = failed ?? recording((made += 1), Date.now(), { session_id: sessionId });
      if (!failed) store.recordings = [base, ...store.recordings];
      return { recording: putRecording(atStage(base, "ready", "Ready to watch.", Date.now())), already: false };
    },
    failures_list: () => ({ causes: CAUSES, guesses: [GUESS] }),
    recording_play: ({ id }: { id: string }) => {
      needCloud();
      const found = findRecording(id);
      if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
      return { hls_url: `/${found.video_id}/manifest/video.m3u8`, poster_url: null, expires_at: iso(Date.now() + 6e7) };
    },
    link_make: ({ recordingId, hours, download }: { recordingId: string; hours: number; download: boolean }) => {
      needCloud();
      const found = findRecording(recordingId);
      if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
      const link = {
        id: fakeId(3, (made += 1)),
        recording_id: found.id,
        recording_title: found.title,
        video_id: found.video_id ?? "",
        kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0",
        created_at: iso(Date.now()),
        expires_at: iso(Date.now() + hours * 60 * MINUTE),
        download,
      };
      store.links = [link, ...store.links];
      putRecording({ ...found, links_made: found.links_made + 1 });
      emit("links");
      const file = download ? { state: "preparing", percent: 0 } : null;
      return { link, url: `http://127.0.0.1:9/${link.id}/watch`, copied: true, verified: true, doubt: null, file };
    },
    link_file: ({ linkId, copy }: { linkId: string; copy: boolean }) => {
      needCloud();
      return { state: "ready", url: `http://127.0.0.1:9/${linkId}/downloads/default.mp4`, copied: copy };
    },
    recording_play_trouble: () => null,
    links_list: () => store.links,
    connect_verify: ({ form }: { form: ConnectForm }) => {
      const checks = checksFor(form);
      const can_save = checks.every((check) => check.state === "passed");
      return {
        checks,
        can_save,
        apps: can_save ? [{ id: "app-1", name: "Dojo" }] : [],
        keyring: store.desk.keyring,
        address: null,
      };
    },
    account_open: () => {
      if (shut) throw shut;
      return store.desk;
    },
    account_saved: () => savedAccount(scenario),
    desk_retry: () => {
      if (shut) throw shut;
      return store.desk;
    },
    sandbox_open: () => {
      shut = undefined;
      store.desk = { ...store.desk, saved_account: savedAccount(scenario) };
      emit("desk", "sessions", "recordings", "links");
      return store.desk;
    },
    connect_save: ({ form }: { form: ConnectForm }) => {
      shut = undefined;
      const app_name = "Dojo";
      store.desk = {
        ...store.desk,
        mode: "cloud",
        account_id: form.account_id,
        app_name,
        credentials_from: "keyring",
      };
      emit("desk", "sessions", "recordings", "links");
      return store.desk;
    },
    connect_forget: () => {
      shut = undefined;
      store.desk = {
        ...store.desk,
        mode: "sandbox",
        app_name: "Sandbox",
        credentials_from: "sandbox",
        saved_account: null,
      };
      emit("desk", "sessions", "recordings", "links");
      return store.desk;
    },
    check_now: () => {
      needCloud();
      store.desk = { ...store.desk, last_sync: iso(Date.now()), next_check: iso(Date.now() + 30_000) };
      emit("desk");
      return { opened: 0, closed: 0, found: 0, updated: 0, gone: 0, odd: 0, odd_entries: [] };
    },
    settings_get: () => store.settings,
    settings_save: ({ input }: { input: SettingsDto }) => {
      store.settings = input;
      store.desk = { ...store.desk, invites_local_only: !input.join_page_url };
      emit("desk");
      return input;
    },
    backups_list: () => ({
      folder: "/home/you/.local/share/hajime/backups",
      copies,
      newest_whole: copies[0]?.name ?? null,
      problem: null,
    }),
    backup_make: () => {
      const copy = { ...copyAt(Date.now()), reason: "by_hand" as const };
      copies.unshift(copy);
      return copy;
    },
    export_save: () => ({ path: "/home/you/Downloads/Hajime export 2026-11-22 18.00", bytes: 48_000 }),
    backup_save: () => ({ path: "/home/you/Downloads/Hajime 2026-11-22 18.00.db", bytes: 1_240_000 }),
    backup_preview: ({ name }: { name: string }) => {
      const copy = copies.find((row) => row.name === name);
      if (!copy) return fail("not_found", "That copy is no longer there.", "Open the list again.");
      const now = { sessions: 41, recordings: 128, links: 37, changed_at: iso(Date.now() - 3 * MINUTE) };
      const holds = { ...now, sessions: 39, links: 35, changed_at: copy.made_at };
      const titles = ["Aikido — ukemi", "Kids class"];
      const lost = { sessions: 2, titles, changed_sessions: 1, recordings: 0, links: 2 };
      return { copy, holds, now: shut ? null : now, lost: shut ? null : lost };
    },
    backup_restore: mend,
    database_begin_anew: mend,
    rehearsal_get: () => store.rehearsal,
    rehearsal_begin: ({ name }: { name: string }) => {
      const scenarios = store.rehearsal.scenarios.map((row) => (row.name === name ? { ...row, active: true } : row));
      return (store.rehearsal = { ...store.rehearsal, scenarios });
    },
    rehearsal_speed: ({ factor }: { factor: number }) => (store.rehearsal = { ...store.rehearsal, speed: factor }),
    rehearsal_fault: () => (store.rehearsal = { ...store.rehearsal, faults: store.rehearsal.faults + 1 }),
    rehearsal_calm: () => {
      const scenarios = store.rehearsal.scenarios.map((row) => ({ ...row, active: false }));
      return (store.rehearsal = { ...store.rehearsal, scenarios, faults: 0 });
    },
    window_zoom: () => null,
    today: () => today(),
    failures_retry: ({ cause }: { cause: string }) => {
      needCloud();
      const failed = store.recordings.filter((row) => row.cause?.code === cause && row.cause.retryable);
      failed.forEach((row) => putRecording(atStage(row, "uploaded", "Stream is asked again.", Date.now())));
      return { retried: failed.length, refused: 0 };
    },
    close_asked: () => null,
    close_anyway: () => null,
  } satisfies Record<string, (args: never) => unknown> as unknown as Record<string, Handler>;

  return {
    invoke: async (command, args = {}) => {
      const handler = commands[command];
      if (!handler) fail("internal", `There is no command called ${command}.`, "Report this to the developers.");
      // Answers are copies: the real shell shares no objects with the page either.
      return structuredClone(handler(args as Record<string, never>));
    },
    listen: (event, handler) => {
      const heard = listeners.get(event) ?? new Set();
      listeners.set(event, heard.add(handler));
      return () => heard.delete(handler);
    },
  };
}
