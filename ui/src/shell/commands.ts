import { api, asUserError, type SyncReportDto } from "../ipc/client";
import { countClasses, countRecordings, plural } from "../lib/format";
import { app, type Command } from "../state/app.svelte";
import { copyDiagnostics } from "../state/health/diagnostics";
import { shortcut, SHORTCUTS, type Shortcut } from "../state/shortcuts";
import { done, problem } from "../state/toasts";
import { zoom } from "../state/zoom";
import { VIEWS } from "../views";

/** Syncs with Cloudflare at once instead of at the next check, and reports the result as a toast. */
export async function syncNow(): Promise<void> {
  if (app.checking) return;
  app.checking = true;
  try {
    done("Checked with Cloudflare", syncWords(await api.syncNow()));
  } catch (thrown) {
    problem(asUserError(thrown));
  } finally {
    app.checking = false;
  }
}

/** The result of a sync, in sentences. */
export function syncWords({ opened, closed, found, updated, missing, odd, odd_entries }: SyncReportDto): string {
  const words = [
    opened > 0 && `${countClasses(opened)} live at another desk`,
    closed > 0 && `${countClasses(closed)} ended at another desk`,
    found > 0 && `${countRecordings(found)} found`,
    updated > 0 && `${countRecordings(updated)} updated`,
    missing > 0 && `${countRecordings(missing)} missing at Cloudflare`,
  ].filter(Boolean);
  const changed = words.length > 0 ? `${words.join(", ")}.` : "Nothing changed.";
  if (odd === 0) return changed;
  const entries = `${plural(odd, "entry", "entries")} at Cloudflare could not be read.`;
  // Names only the first unreadable entry. The log has them all.
  return [changed, entries, ...odd_entries.slice(0, 1)].join(" ");
}

/** The keys that open the views. */
const VIEW_SHORTCUTS: readonly Shortcut[] = VIEWS.map(({ name, label, keys, also }) => ({
  id: `go-${name}`,
  title: `Go to ${label}`,
  keys,
  also,
  place: "everywhere",
}));

/** Every shortcut there is. */
export const ALL_SHORTCUTS: readonly Shortcut[] = [...SHORTCUTS, ...VIEW_SHORTCUTS];

/** The commands of the window itself. A view adds its own while it is on show. */
export function shellCommands(): Command[] {
  return [
    { ...shortcut("palette"), run: () => (app.paletteOpen = !app.paletteOpen) },
    {
      ...shortcut("new-session"),
      needs: "plan_classes",
      run: () => {
        // The palette may be open above a form that is being filled in. A new form would replace that form.
        if (!app.sessionDialog.open) app.openSessionDialog();
      },
    },
    { ...shortcut("search"), run: () => app.go("recordings", { search: true }) },
    { ...shortcut("check-now"), run: () => void syncNow() },
    ...VIEWS.map(({ name, needs }, index) => ({ ...VIEW_SHORTCUTS[index]!, needs, run: () => app.go(name) })),
    { ...shortcut("zoom-in"), run: () => zoom.in() },
    { ...shortcut("zoom-out"), run: () => zoom.out() },
    { ...shortcut("zoom-reset"), run: () => zoom.reset() },
    {
      id: "connect",
      title: "Connect a Cloudflare account",
      run: () => app.go("settings", { connect: true }),
      needs: "manage_account",
      when: () => app.desk.value?.mode === "sandbox",
    },
    {
      id: "open-alerts",
      title: "Show the open alerts",
      needs: "see_health",
      run: () => app.go("health", { health: "alerts" }),
    },
    {
      id: "background-jobs",
      title: "Show the background jobs",
      needs: "see_health",
      run: () => app.go("health", { health: "jobs" }),
    },
    {
      id: "copy-diagnostics",
      title: "Copy diagnostics",
      needs: "see_health",
      run: () => void copyDiagnostics().catch((thrown: unknown) => problem(asUserError(thrown))),
    },
    { ...shortcut("shortcuts"), run: () => (app.shortcutsOpen = true) },
  ];
}
