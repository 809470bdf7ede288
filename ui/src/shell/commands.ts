import { api, asIpcError, type ComparedDto } from "../ipc/client";
import { count } from "../lib/format";
import { app, type Command, type View } from "../state/app.svelte";
import { shortcut } from "../state/shortcuts";
import { done, problem } from "../state/toasts";
import { zoom } from "../state/zoom";
import { recordings } from "../views/library/words";

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
export function comparedWords({ opened, closed, found, updated, gone, odd, odd_entries }: ComparedDto): string {
  const sessions = (n: number) => `${count(n)} ${n === 1 ? "session" : "sessions"}`;
  const words = [
    opened > 0 && `${sessions(opened)} live at another desk`,
    closed > 0 && `${sessions(closed)} ended at another desk`,
    found > 0 && `${recordings(found)} found`,
    updated > 0 && `${recordings(updated)} brought up to date`,
    gone > 0 && `${recordings(gone)} gone at Cloudflare`,
  ].filter(Boolean);
  const changed = words.length > 0 ? `${words.join(", ")}.` : "Nothing changed.";
  if (odd === 0) return changed;
  const entries = `${count(odd)} ${odd === 1 ? "entry" : "entries"} at Cloudflare could not be read.`;
  // One name is enough to look it up; the log has the others.
  return [changed, entries, ...odd_entries.slice(0, 1)].join(" ");
}

const VIEWS: readonly View[] = ["today", "schedule", "recordings", "links", "settings"];

/** What can be done from everywhere. Views add their own while they are on the screen. */
export function shellCommands(): Command[] {
  return [
    { ...shortcut("palette"), run: () => (app.paletteOpen = !app.paletteOpen) },
    {
      ...shortcut("new-session"),
      run: () => {
        // From the palette over a form that is being filled in, a new form would throw away what was typed.
        if (!app.sessionDialog.open) app.openSessionDialog();
      },
    },
    { ...shortcut("search"), run: () => app.go("recordings", { search: true }) },
    { ...shortcut("check-now"), run: () => void checkNow() },
    ...VIEWS.map((view) => ({ ...shortcut(`go-${view}`), run: () => app.go(view) })),
    { ...shortcut("zoom-in"), run: () => zoom.in() },
    { ...shortcut("zoom-out"), run: () => zoom.out() },
    { ...shortcut("zoom-reset"), run: () => zoom.reset() },
    {
      id: "connect",
      title: "Connect a Cloudflare account",
      run: () => app.go("settings", { connect: true }),
      when: () => app.desk.value?.mode === "sandbox",
    },
    { ...shortcut("shortcuts"), run: () => (app.shortcutsOpen = true) },
  ];
}
