import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { UserError } from "./bindings";

/** The road to the shell: one call, and the events that come back. */
export type Transport = {
  invoke: (command: string, args?: Record<string, unknown>) => Promise<unknown>;
  listen: (event: string, handler: (payload: unknown) => void) => () => void;
};

/** A `listen` for roads whose listening itself takes a moment. */
function listenVia(
  begin: (event: string, handler: (payload: unknown) => void) => Promise<() => void>,
): Transport["listen"] {
  return (event, handler) => {
    let stopped = false;
    let stop: (() => void) | undefined;
    begin(event, handler).then(
      (unlisten) => {
        // The caller may have left before the answer came.
        if (stopped) unlisten();
        else stop = unlisten;
      },
      (cause: unknown) => console.error(`listening for ${event} failed`, cause),
    );
    return () => {
      stopped = true;
      stop?.();
    };
  };
}

/** The real road, through Tauri. */
export const tauriTransport: Transport = {
  invoke: (command, args) => invoke(command, args),
  listen: listenVia((event, handler) => listen(event, (message) => handler(message.payload))),
};

/** In a plain browser an in-memory desk answers. It is loaded when asked for, and not part of the packaged app. */
function browserTransport(): Transport {
  if (import.meta.env.MODE === "production") {
    const error: UserError = {
      code: "internal",
      message: "This page belongs to the Hajime app.",
      next: "Open Hajime instead of this address.",
    };
    return { invoke: () => Promise.reject(error), listen: () => () => {} };
  }
  const scenario = new URLSearchParams(window.location.search).get("scenario") ?? "live";
  const mock = import("./mock").then(({ createMock }) => createMock(scenario));
  return {
    invoke: async (command, args) => (await mock).invoke(command, args),
    listen: listenVia(async (event, handler) => (await mock).listen(event, handler)),
  };
}

/** Tauri inside its window, the in-memory desk elsewhere. */
export function defaultTransport(): Transport {
  return "__TAURI_INTERNALS__" in window ? tauriTransport : browserTransport();
}
