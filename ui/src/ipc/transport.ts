import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import type { UserError } from "./bindings";

/** The connection to the shell: calls of commands, and events. */
export type Transport = {
  invoke: (command: string, args?: Record<string, unknown>) => Promise<unknown>;
  listen: (event: string, handler: (payload: unknown) => void) => () => void;
};

/** Makes a `listen` that returns at once from a `begin` that starts to listen after a moment. */
function listenVia(
  begin: (event: string, handler: (payload: unknown) => void) => Promise<() => void>,
): Transport["listen"] {
  return (event, handler) => {
    let stopped = false;
    let stop: (() => void) | undefined;
    begin(event, handler).then(
      (unlisten) => {
        // The caller may have stopped before listening began.
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

/** The connection through Tauri to the real shell. */
export const tauriTransport: Transport = {
  invoke: (command, args) => invoke(command, args),
  listen: listenVia((event, handler) =>
    // Only what is meant for this window, and for both.
    listen(event, (message) => handler(message.payload), { target: getCurrentWebview().label }),
  ),
};

/** The mock, for a page that is open in a plain browser. It is loaded on demand and is not part of the packaged app. */
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

/** The real shell in the app's window, the mock in a plain browser. */
export function defaultTransport(): Transport {
  return "__TAURI_INTERNALS__" in window ? tauriTransport : browserTransport();
}
