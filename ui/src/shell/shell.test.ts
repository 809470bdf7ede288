import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import type { SyncReportDto } from "../ipc/client";
import { app } from "../state/app.svelte";
import { zoom } from "../state/zoom";
import { barriers } from "../test/axe";
import { storeFor, useDesk } from "../test/desk";
import { preloadViews } from "../views";
import { ALL_SHORTCUTS } from "./commands";
import Nav, { accountWords, syncWords } from "./Nav.svelte";

const user = userEvent.setup();
const toasts = () => screen.queryAllByTestId("toast").map((toast) => toast.textContent);
const NOW = new Date("2026-11-22T17:00:00Z");
const desk = { ...storeFor("live", NOW.getTime()).desk, recordings_total: 1284, live_count: 1 };

describe("Nav", () => {
  const props = { view: "today" as const, desk, now: NOW, ongo: vi.fn(), onconnect: vi.fn() };

  it("marks the open view, shows the live mark and the number of recordings, and opens views", async () => {
    const ongo = vi.fn();
    render(Nav, { ...props, ongo });
    expect(screen.getByTestId("nav-today")).toHaveAttribute("aria-current", "page");
    expect(screen.getByTestId("nav-today")).toHaveTextContent("live");
    expect(screen.getByTestId("nav-recordings")).toHaveTextContent("1,284");
    for (const view of ["schedule", "recordings", "links", "settings"]) {
      await user.click(screen.getByTestId(`nav-${view}`));
      expect(ongo).toHaveBeenLastCalledWith(view);
    }
    expect(await barriers()).toEqual([]);
  });

  it("marks the sandbox and offers to connect an account; a connected account has no mark", async () => {
    const onconnect = vi.fn();
    const { rerender } = render(Nav, { ...props, onconnect });
    expect(screen.getByTestId("sandbox-mark")).toHaveTextContent("Sandbox — practice; nothing leaves this computer");
    await user.click(screen.getByTestId("connect-account"));
    expect(onconnect).toHaveBeenCalledTimes(1);
    await rerender({ desk: { ...desk, mode: "cloud", app_name: "Dojo" } });
    expect(screen.queryByTestId("sandbox-mark")).toBeNull();
    expect(screen.queryByTestId("connect-account")).toBeNull();
    expect(screen.getByTestId("account-name")).toHaveTextContent("Dojo");
  });

  it("offers to return from the sandbox to the saved account", async () => {
    const onaccount = vi.fn();
    render(Nav, { ...props, desk: { ...desk, saved_account: "0123456789abcdef0123456789abcdef" }, onaccount });
    expect(screen.queryByTestId("connect-account")).toBeNull();
    expect(screen.getByTestId("open-account")).toHaveTextContent("Open account 01234567…");
    await user.click(screen.getByTestId("open-account"));
    expect(onaccount).toHaveBeenCalledTimes(1);
  });

  it("shows no live mark when nothing is live", () => {
    render(Nav, { ...props, desk: { ...desk, live_count: 0 } });
    expect(screen.getByTestId("nav-today")).toHaveTextContent(/^Today$/);
  });

  it("shows the state of the connection to Cloudflare, with the next step when it is broken", () => {
    expect(syncWords(desk, NOW)).toEqual({ tone: "ready", text: "Synced just now" });
    expect(syncWords({ ...desk, last_sync: null }, NOW)).toEqual({ tone: "wait", text: "Not synced yet" });
    const sync_error = { code: "credentials" as const, message: "The token was refused.", next: "Connect again." };
    expect(syncWords({ ...desk, sync_error }, NOW).text).toBe("Not in sync; last synced just now");
    render(Nav, { ...props, desk: { ...desk, sync_error } });
    expect(screen.getByTestId("sync-error")).toHaveTextContent("The token was refused. Connect again.");
    expect(accountWords({ ...desk, mode: "cloud", app_name: null, account_id: "abcdef0123456789" })).toBe(
      "Account abcdef01…",
    );
  });

  it("names a background job that stopped unexpectedly, without calling the desk out of sync", () => {
    const stopped_job = {
      code: "internal" as const,
      message: "A background job stopped unexpectedly and was restarted: comparing with Cloudflare.",
      next: "Nothing is lost.",
    };
    render(Nav, { ...props, desk: { ...desk, stopped_job } });
    expect(screen.getByTestId("stopped-job")).toHaveTextContent(
      /restarted: comparing with Cloudflare\. Nothing is lost/,
    );
    expect(screen.getByTestId("sync-state")).toHaveTextContent("Synced just now");
  });
});

describe("App", () => {
  beforeAll(preloadViews);
  beforeEach(() => {
    app.view = "today";
    app.paletteOpen = false;
    app.shortcutsOpen = false;
    app.connectAsked = false;
    app.closeSessionDialog();
  });

  it("opens the palette with Ctrl K, finds a command by its title and runs it", async () => {
    useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("{Control>}k{/Control}");
    const palette = await screen.findByTestId("command-palette");
    expect(screen.getByTestId("palette-input")).toHaveAttribute("placeholder", "Type a command or search");
    expect(within(palette).getByTestId("command-check-now")).toBeInTheDocument();
    expect(await barriers(palette)).toEqual([]);
    await user.type(screen.getByTestId("palette-input"), "go to share");
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.view).toBe("links"));
    await vi.waitFor(() => expect(screen.queryByTestId("command-palette")).toBeNull());
    expect(screen.getByTestId("nav-links")).toHaveAttribute("aria-current", "page");
  });

  it("does not open the palette while a question is open, but zooms", async () => {
    localStorage.clear();
    const { of } = useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("n");
    await user.type(await screen.findByTestId("field-title"), "Judo");
    await user.keyboard("{Escape}");
    await screen.findByRole("alertdialog", { name: "Close without saving?" });
    await user.keyboard("{Control>}k{/Control}");
    expect(app.paletteOpen).toBe(false);
    expect(screen.queryByTestId("command-palette")).toBeNull();
    await user.keyboard("{Control>}+{/Control}");
    expect(of("window_zoom")).toHaveLength(1);
    await user.keyboard("{Escape}");
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    // Over the form itself the palette opens, and the typed text is kept.
    await user.keyboard("{Control>}k{/Control}");
    expect(await screen.findByTestId("command-palette")).toBeVisible();
    await user.type(screen.getByTestId("palette-input"), "new class{Enter}");
    await vi.waitFor(() => expect(screen.queryByTestId("command-palette")).toBeNull());
    expect(screen.getByTestId("field-title")).toHaveValue("Judo");
    localStorage.clear();
  });

  it("lists the shortcuts with ? and checks with Cloudflare with R", async () => {
    const { of } = useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("r");
    await vi.waitFor(() => expect(of("sync_now")).toHaveLength(1));
    await user.keyboard("?");
    const help = await screen.findByTestId("shortcuts");
    for (const { title } of ALL_SHORTCUTS) expect(help).toHaveTextContent(title);
    expect(await barriers(help)).toEqual([]);
    await vi.waitFor(() =>
      expect(toasts()).toContainEqual(expect.stringMatching(/Checked with Cloudflare.*Nothing changed/)),
    );
    // Letters do nothing while the dialog is open.
    await user.keyboard("r");
    expect(of("sync_now")).toHaveLength(1);
  });

  it("finds recordings and classes in the palette, by title and by instructor, and opens them", async () => {
    useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("palette-input"), "ＪＵＤＯ mori");
    const [recording] = await screen.findAllByTestId("palette-recording");
    expect(recording).toHaveTextContent("Judo open mat");
    expect(screen.getAllByTestId("palette-session")[0]).toHaveTextContent("K. Mori");
    expect(await barriers(screen.getByTestId("command-palette"))).toEqual([]);
    const id = recording!.dataset.recordingId;
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.view).toBe("recordings"));
    expect(app.selectedRecording).toBe(id);

    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("palette-input"), "aikido");
    await user.click((await screen.findAllByTestId("palette-session"))[0]!);
    await vi.waitFor(() => expect(app.view).toBe("schedule"));
    expect(await screen.findByRole("dialog", { name: "Aikido — ukemi" })).toBeVisible();
  });

  it("says that the palette found nothing", async () => {
    useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByTestId("palette-input"), "capoeira");
    expect(await screen.findByText("No results.")).toBeVisible();
  });

  it("has the usual keys for new, find, settings and zoom, and restores the zoom", async () => {
    localStorage.clear();
    const { of } = useDesk("live");
    const { unmount } = render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("{Control>}+{/Control}");
    await user.keyboard("{Control>}={/Control}");
    expect(of("window_zoom").map((call) => call.args.percent)).toEqual([110, 125]);
    await user.keyboard("{Control>},{/Control}");
    expect(app.view).toBe("settings");
    await user.keyboard("{Control>}f{/Control}");
    await vi.waitFor(() => expect(screen.getByTestId("recordings-search")).toHaveFocus());
    await user.keyboard("{Control>}n{/Control}");
    expect(await screen.findByRole("dialog", { name: "New class" })).toBeVisible();
    unmount();
    const again = useDesk("live");
    render(App);
    await vi.waitFor(() => expect(again.of("window_zoom").map((call) => call.args.percent)).toEqual([125]));
    await user.keyboard("{Control>}-{/Control}{Control>}0{/Control}");
    expect(again.of("window_zoom").map((call) => call.args.percent)).toEqual([125, 110, 100]);
    localStorage.setItem("hajime.zoom", "900000");
    expect(zoom.percent).toBe(100);
    localStorage.clear();
  });

  it("gives each key one meaning in a view, and letters only to harmless commands", () => {
    for (const place of new Set(ALL_SHORTCUTS.map((one) => one.place))) {
      const here = ALL_SHORTCUTS.filter((one) => one.place === place || one.place === "everywhere");
      const keys = here.flatMap((one) => [one.keys, ...(one.also ?? [])]);
      expect(keys).toEqual([...new Set(keys)]);
    }
    // A letter is easily pressed by accident, so these commands only open something, check, copy or ask first. A new
    // command with a letter must do no more.
    const letters = ALL_SHORTCUTS.filter(({ keys }) => keys.length === 1).map(({ id }) => id);
    expect(letters).toEqual([
      "new-session",
      "search",
      "check-now",
      "shortcuts",
      "today.compact",
      "today.invite",
      "today.pause",
      "schedule.quick",
      "schedule.today",
      "schedule.previous",
      "schedule.next",
      "recordings.tag",
      "recordings.layout",
      "recordings.copy-link",
      "recordings.share",
      "recordings.part-before",
      "recordings.part-after",
    ]);
  });

  it("shows a running check with Cloudflare, runs it once, and reports what it found", async () => {
    let answer: (compared: SyncReportDto) => void = () => {};
    const { of } = useDesk("live", { sync_now: () => new Promise<SyncReportDto>((resolve) => (answer = resolve)) });
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("rr");
    await vi.waitFor(() => expect(screen.getByTestId("sync-state")).toHaveTextContent("Checking with Cloudflare…"));
    expect(of("sync_now")).toHaveLength(1);
    answer({ opened: 1, closed: 0, found: 2, updated: 0, missing: 1, odd: 0, odd_entries: [] });
    const found = "1 class live at another desk, 2 recordings found, 1 recording missing at Cloudflare.";
    await vi.waitFor(() => expect(toasts()).toContainEqual(expect.stringContaining(found)));
    expect(screen.getByTestId("sync-state")).toHaveTextContent(/^Synced/);
  });

  it("reports a failed check as a toast", async () => {
    useDesk("offline");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("r");
    await vi.waitFor(() => {
      expect(toasts()).toContainEqual(expect.stringMatching(/Cloudflare cannot be reached.*Check the network/));
    });
  });

  it("opens the settings from the button to connect an account", async () => {
    useDesk("empty");
    render(App);
    await user.click(await screen.findByTestId("connect-account"));
    await vi.waitFor(() => expect(app.view).toBe("settings"));
  });

  it("shows the start page until the desk can be opened", async () => {
    const desk = useDesk("empty", {
      desk_status: () => {
        throw { code: "database", message: "The database is locked by another program.", next: "Close that program." };
      },
    });
    render(App);
    const page = await screen.findByTestId("desk-failed");
    expect(page).toHaveTextContent("The database is locked by another program.");
    expect(page).toHaveTextContent("Close that program.");
    expect(screen.queryByTestId("nav-today")).toBeNull();
    expect(screen.queryByTestId("restore-newest")).toBeNull();
    expect(await barriers()).toEqual([]);
    desk.answers.desk_status = () => storeFor("empty", Date.now()).desk;
    await user.click(screen.getByTestId("desk-retry"));
    expect(await screen.findByTestId("nav-today")).toBeVisible();
    expect(screen.queryByTestId("desk-failed")).toBeNull();
  });

  it("offers to restore the newest copy of a damaged database, and opens it", async () => {
    const desk = useDesk("damaged");
    render(App);
    const page = await screen.findByTestId("desk-failed");
    expect(page).toHaveTextContent("hajime.db is damaged. Nothing was changed.");
    expect(page).not.toHaveTextContent("hajime-cli restore latest");
    expect(await screen.findByTestId("restore-preview")).toHaveTextContent(
      "39 classes, 128 recordings, 35 share links",
    );
    expect(screen.getByTestId("restore-lost")).toHaveTextContent("The database cannot be read");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("restore-newest"));
    expect(await screen.findByTestId("nav-today")).toBeVisible();
    expect(desk.of("backup_restore")).toHaveLength(1);
    expect(desk.of("database_begin_anew")).toHaveLength(0);
  });

  it("starts empty after a question only, and stays on the page when a restore fails", async () => {
    const desk = useDesk("damaged", {
      backup_restore: () => {
        throw { code: "conflict", message: "Hajime is open on this data.", next: "Close its window." };
      },
    });
    render(App);
    await user.click(await screen.findByTestId("restore-newest"));
    expect(await screen.findByTestId("restore-error")).toHaveTextContent("Hajime is open on this data.");
    await user.click(screen.getByTestId("start-empty"));
    expect(desk.of("database_begin_anew")).toHaveLength(0);
    await user.click(await screen.findByTestId("start-empty-confirm"));
    expect(await screen.findByTestId("nav-today")).toBeVisible();
    expect(desk.of("database_begin_anew")).toHaveLength(1);
  });

  it("says without a copy how to restore one from elsewhere", async () => {
    useDesk("damaged", {
      backups_list: () => ({ folder: "/data/backups", copies: [], newest_whole: null, problem: null }),
    });
    render(App);
    expect(await screen.findByText(/There is no copy that can be used in \/data\/backups/)).toBeVisible();
    expect(screen.queryByTestId("restore-newest")).toBeNull();
    expect(screen.getByTestId("start-empty")).toBeEnabled();
  });

  it("shows a banner and the views while nothing can be written", async () => {
    const desk = storeFor("live", Date.now()).desk;
    const local_error = {
      code: "disk_full",
      message: "Hajime cannot write to /data/hajime.db: the disk is full. Everything can still be read.",
      next: "Free some space on that disk. Hajime goes on by itself.",
    };
    useDesk("live", { desk_status: () => ({ ...desk, local_error }) });
    render(App);
    expect(await screen.findByTestId("local-error")).toHaveTextContent("the disk is full");
    expect(screen.getByTestId("nav-today")).toBeVisible();
  });
});
