import { api, asIpcError, type ComparedDto } from "../ipc/client";
import { count } from "../lib/format";
import { app, type Command, type View } from "../state/app.svelte";
import { done, problem } from "../state/toasts";
import { recordings } from "../views/recordings/words";

/** Compares with Cloudflare right now instead of at the next check, and says what came of it. */
export async function checkNow(): Promise<void> {
  if (app.checking) return;
  app.checking = true;
  try {
    done("Checked with Cloudflare", comparedWords(await api.checkNow()));
  } catch (thrown) {
    problem(asIpcError(thrown));
  } finally {
    app.checking = false;
  }
}

/** What a comparison found, in a few words. */
export function comparedWords({ opened, closed, found, updated, gone }: ComparedDto): string {
  const sessions = (n: number) => `${count(n)} ${n === 1 ? "session" : "sessions"}`;
  const words = [
    opened > 0 && `${sessions(opened)} live at another desk`,
    closed > 0 && `${sessions(closed)} ended at another desk`,
    found > 0 && `${recordings(found)} found`,
    updated > 0 && `${recordings(updated)} brought up to date`,
    gone > 0 && `${recordings(gone)} gone at Cloudflare`,
  ].filter(Boolean);
  return words.length > 0 ? `${words.join(", ")}.` : "Nothing changed.";
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
