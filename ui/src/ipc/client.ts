// The only module of the UI that calls the shell. A call that fails rejects with a `UserError`.
import { createApi, type Events, type Topic, type UserError } from "./bindings";
import { asUserError, isUserError } from "./errors";
import { defaultTransport, type Transport } from "./transport";

export * from "./bindings";
export { asUserError, fieldError, isUserError } from "./errors";
export type { Transport } from "./transport";

let transport: Transport | undefined;

/** Replaces the connection to the shell, for tests. */
export function setTransport(next: Transport): void {
  transport = next;
}

function connected(): Transport {
  transport ??= defaultTransport();
  return transport;
}

/** One function for each command of the shell. */
export const api = createApi(async (command, args) => {
  try {
    return (await connected().invoke(command, args)) as never;
  } catch (thrown) {
    throw asUserError(thrown);
  }
});

/** Calls `hear` at each event of the shell with this name; the returned function stops that. */
function on<E extends keyof Events>(event: E, hear: (payload: Events[E]) => void): () => void {
  return connected().listen(event, (payload) => hear(payload as Events[E]));
}

/** Calls back when a person wants to close the window during a class; the returned function stops that. */
export function onCloseAsked(cb: (question: Events["close_asked"]) => void): () => void {
  return on("close_asked", cb);
}

/** Calls back when Today should be shown, as after a press on an alarm; the returned function stops that. */
export function onOpenToday(cb: () => void): () => void {
  return on("open_today", cb);
}

/** Calls back when the alerts should be shown, as after a press on a notification about one; the returned function stops that. */
export function onOpenAlerts(cb: () => void): () => void {
  return on("open_alerts", cb);
}

/** Calls back with the topics that changed and should be fetched again; the returned function stops that. */
export function onChanged(cb: (topics: Topic[]) => void): () => void {
  return on("changed", ({ topics }) => cb(topics));
}

/** Calls back with a class whose notification was pressed; the returned function stops that. */
export function onOpenSession(cb: (session: Events["open_session"]) => void): () => void {
  return on("open_session", cb);
}

/** Calls back with the id of a recording whose notification was pressed; the returned function stops that. */
export function onOpenRecording(cb: (id: string) => void): () => void {
  return on("open_recording", (payload) => {
    if (typeof payload === "string") cb(payload);
  });
}

/** Hears how far the publication of the join page is, in words; returns how to stop. */
export function onPublishing(cb: (step: string) => void): () => void {
  return on("publishing", (payload) => {
    if (typeof payload === "string") cb(payload);
  });
}

/** Calls back with the options of a second start that had no effect; the returned function stops that. */
export function onNotice(cb: (notice: UserError) => void): () => void {
  return on("notice", (payload) => {
    if (isUserError(payload)) cb(payload);
  });
}
