// The mock's answers to the commands about starting and ending sessions and their recordings.
import type { Commands, SessionDto, StartedDto } from "../bindings";
import { liveFacts, seenAgain } from "./live-facts";
import { atStage, fakeId, iso, recording } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

export function recorder(world: World) {
  const { store, later, needCloud, findSession, findLive, putSession, putLive, putRecording, walk, nextNumber, emit } =
    world;
  const start = ({ id, early }: Commands["session_start"]["args"]): StartedDto => {
    needCloud();
    const found = findSession(id);
    if (!early && found.status === "scheduled" && Date.parse(found.start) - Date.now() > 60 * MINUTE) {
      fail("too_early", `“${found.title}” is planned for later.`, "Confirm that it starts early, or start it later.");
    }
    if (found.status === "live") return { session: found, already_live: true, opened: true };
    const now = Date.now();
    const captured = found.record
      ? atStage(
          recording(nextNumber(), now, { session_id: id, title: found.title, duration_seconds: null }),
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
      room_id: fakeId(4, nextNumber()),
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
        ...liveFacts(now, Date.parse(next.end)),
        next_class: null,
        confirmed_at: null,
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
      emit("sessions", "recordings", "desk");
    });
    return { session: next, already_live: false, opened: true };
  };

  return {
    session_start: start,
    session_start_again: ({ id }) => {
      putSession({ ...findSession(id), status: "scheduled", ended_at: null, can_start_again: false });
      return start({ id, early: true });
    },
    session_rejoin: ({ id }) => ({ session: findLive(id).session, already_live: true, opened: true }),
    session_end: ({ id }) => {
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
      return { session: next, already_ended: false, recording: live.recording ? "PROCESSING" : null, waits_for: null };
    },
    live_list: () =>
      world.scenario === "offline" ? store.live : store.live.map((live) => seenAgain(live, Date.now())),
    recording_pause: ({ sessionId }) => {
      needCloud();
      const sentence = "The recording is paused; what happens now is not kept.";
      return putLive({ ...findLive(sessionId), proof: "paused", proof_sentence: sentence });
    },
    recording_resume: ({ sessionId }) => {
      needCloud();
      const sentence = "Cloudflare confirmed just now that this session is being recorded.";
      return putLive({ ...findLive(sessionId), proof: "recording", proof_sentence: sentence, error: null });
    },
    sync_now: () => {
      needCloud();
      store.desk = { ...store.desk, last_sync: iso(Date.now()), next_check: iso(Date.now() + 30_000) };
      return { opened: 0, closed: 0, found: 0, updated: 0, missing: 0, odd: 0, odd_entries: [] };
    },
  } satisfies Partial<Answers>;
}
