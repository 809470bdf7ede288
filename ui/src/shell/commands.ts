import { api, asIpcError } from "../ipc/client";
import { app, type Command, type View } from "../state/app.svelte";
import { done, problem } from "../state/toasts";

/** Asks Cloudflare right now instead of at the next check. */
export async function checkNow(): Promise<void> {
  try {
    await api.checkNow();
    done("Checked with Cloudflare", "Everything on the screen is as of now.");
  } catch (thrown) {
    problem(asIpcError(thrown));
  }
}

const PLACES: [View, string][] = [
  ["today", "Go to Today"],
  ["schedule", "Go to Schedule"],
  ["recordings", "Go to Recordings"],
  ["links", "Go to Share links"],
  ["settings", "Go to Settings"],
];

/** What can be done from everywhere. Views add their own while they are on the screen. */
export function shellCommands(): Command[] {
  return [
    { id: "new-session", title: "New session", keys: "n", run: () => app.openSessionDialog() },
    { id: "check-now", title: "Check with Cloudflare now", keys: "r", run: () => void checkNow() },
    ...PLACES.map(([view, title], index) => ({
      id: `go-${view}`,
      title,
      keys: `ctrl+${index + 1}`,
      run: () => app.go(view),
    })),
    {
      id: "connect",
      title: "Connect a Cloudflare account",
      run: () => app.go("settings", { connect: true }),
      when: () => app.desk.value?.mode === "sandbox",
    },
    { id: "shortcuts", title: "Show keyboard shortcuts", keys: "?", run: () => (app.shortcutsOpen = true) },
  ];
}
