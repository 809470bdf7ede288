import { api, asIpcError, type ComparedDto } from "../ipc/client";
import { count } from "../lib/format";
import { app, type Command, type View } from "../state/app.svelte";
import { done, problem } from "../state/toasts";

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
  const some = (n: number, what: string, rest: string) =>
    n > 0 ? `${count(n)} ${what}${n === 1 ? "" : "s"} ${rest}` : "";
  const words = [
    some(opened, "session", "live at another desk"),
    some(closed, "session", "ended at another desk"),
    some(found, "recording", "found"),
    some(updated, "recording", "brought up to date"),
    some(gone, "recording", "gone at Cloudflare"),
  ].filter((part) => part !== "");
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
