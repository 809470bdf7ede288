// The only module of the UI that speaks to the shell. Every call rejects with a `UserError`.
import { createApi, type Events, type Topic, type UserError } from "./bindings";
import { asUserError, isUserError } from "./errors";
import { defaultTransport, type Transport } from "./transport";

export * from "./bindings";
export { asUserError, fieldError, isUserError } from "./errors";
export type { Transport } from "./transport";

let transport: Transport | undefined;

/** Replaces the transport to the shell; tests hand in their own. */
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

/** Hears an event of the shell; returns how to stop. */
function on<E extends keyof Events>(event: E, hear: (payload: Events[E]) => void): () => void {
  return connected().listen(event, (payload) => hear(payload as Events[E]));
}

/** Hears that the window is to be closed during a class; returns how to stop. */
export function onCloseAsked(cb: (question: Events["close_asked"]) => void): () => void {
  return on("close_asked", cb);
}

/** Hears that somebody wants to see what is live; returns how to stop. */
export function onOpenToday(cb: () => void): () => void {
  return on("open_today", cb);
}

/** Hears which topics changed and should be fetched again; returns how to stop. */
export function onChanged(cb: (topics: Topic[]) => void): () => void {
  return on("changed", ({ topics }) => cb(topics));
}

/** Hears that a notification or the tray asks for a recording to be shown; returns how to stop. */
export function onOpenRecording(cb: (id: string) => void): () => void {
  return on("open_recording", (payload) => {
    if (typeof payload === "string") cb(payload);
  });
}

/** Hears what another start of the app asked for in vain; returns how to stop. */
export function onNotice(cb: (notice: UserError) => void): () => void {
  return on("notice", (payload) => {
    if (isUserError(payload)) cb(payload);
  });
}
