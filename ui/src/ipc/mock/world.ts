// The state of the mock: one store that every feature reads and changes, and the listeners of the page.
import type { Commands, LiveDto, RecordingDto, SessionDraft, SessionDto, Stage, Topic, UserError } from "../bindings";
import { atStage, copiesAt, iso, offlineError, SCENARIOS, storeFor, type Scenario } from "./scenario";
import { START_ERRORS } from "./start";

/** The mock's answer to each command, as one function for each. */
export type Answers = { [C in keyof Commands]: (args: Commands[C]["args"]) => Commands[C]["result"] };

export const MINUTE = 60_000;

/** The instant of a wall-clock time in a zone, in milliseconds since 1970. */
function momentOf(local: string, zone: string): number {
  if (local.endsWith("Z")) return Date.parse(local);
  const guess = Date.parse(`${local}:00Z`);
  const shown = new Date(guess).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T");
  return guess - (Date.parse(`${shown}Z`) - guess);
}

/** Throws an error in the shape that the shell sends. */
export function fail(code: UserError["code"], message: string, next: string, fields?: UserError["fields"]): never {
  const error: UserError = { code, message, next, ...(fields && { fields }) };
  throw error;
}

export type World = ReturnType<typeof createWorld>;

/** `pace` is how long each step of a recording takes, in milliseconds. */
export function createWorld(name: string, pace: number) {
  const scenario: Scenario = SCENARIOS.find((known) => known === name) ?? "live";
  const store = storeFor(scenario, Date.now());
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const copies = copiesAt(scenario === "empty" ? 0 : 6, Date.now());
  /** Why no account is open; undefined once one is. */
  let shut = START_ERRORS[scenario];
  let made = 500;
  /** What undoes the changes of the library, by their ids. */
  const undos = new Map<string, () => unknown>();

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
  const missing = () => listed().filter((row) => row.removable);
  function putSession(next: SessionDto): SessionDto {
    store.sessions = store.sessions.map((row) => (row.id === next.id ? next : row));
    store.live = store.live.map((row) => (row.session.id === next.id ? { ...row, session: next } : row));
    return next;
  }
  function putLive(next: LiveDto): LiveDto {
    store.live = store.live.map((row) => (row.session.id === next.session.id ? next : row));
    return next;
  }
  function putRecording(next: RecordingDto): RecordingDto {
    store.recordings = store.recordings.map((row) => (row.id === next.id ? next : row));
    return next;
  }
  function draft(base: SessionDto, input: SessionDraft): SessionDto {
    if (!input.title.trim()) fail("invalid_input", "A session needs a title.", "Type what the class is called.");
    const start = momentOf(input.start_local, input.timezone);
    const { start_local: _, ...kept } = input;
    return { ...base, ...kept, start: iso(start), end: iso(start + input.duration_minutes * MINUTE) };
  }

  const STAGES: [Stage, string][] = [
    ["uploading", "RealtimeKit is uploading the file."],
    ["uploaded", "The file is uploaded; Stream is asked next."],
    ["importing", "Stream is encoding, 12 %."],
    ["playable", "Stream can play it; the other sizes follow."],
    ["ready", "Ready to watch."],
  ];
  function walk(id: string, step = 0): void {
    later(() => {
      const next = STAGES[step];
      if (!next) return;
      putRecording(atStage(findRecording(id), next[0], next[1], Date.now()));
      emit("recordings", "desk");
      walk(id, step + 1);
    });
  }

  return {
    scenario,
    store,
    copies,
    emit,
    later,
    needCloud,
    findSession,
    findLive,
    findRecording,
    listed,
    missing,
    putSession,
    putLive,
    putRecording,
    draft,
    walk,
    shut: () => shut,
    /** Ends the error of the scenario, as if the account or the sandbox was opened. */
    open: () => {
      shut = undefined;
    },
    /** Remembers how to undo a change, and returns the change. */
    noteChange: (undo: () => unknown): string => {
      const id = `change-${(made += 1)}`;
      undos.set(id, undo);
      return id;
    },
    /** Undoes a change of the library. Returns whether there is such a change. */
    undoChange: (id: string): boolean => {
      const undo = undos.get(id);
      undo?.();
      return undos.delete(id);
    },
    /** Returns a number that was not returned before. */
    nextNumber: () => (made += 1),
    listen: (event: string, handler: (payload: unknown) => void) => {
      const heard = listeners.get(event) ?? new Set();
      listeners.set(event, heard.add(handler));
      return () => void heard.delete(handler);
    },
  };
}
