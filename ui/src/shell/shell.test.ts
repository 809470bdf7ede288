import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import type { ComparedDto } from "../ipc/bindings";
import { storeFor } from "../ipc/mock-data";
import { app } from "../state/app.svelte";
import { barriers } from "../test/axe";
import { useDesk } from "../test/desk";
import Nav, { accountWords, syncWords } from "./Nav.svelte";

const user = userEvent.setup();
const toasts = () => screen.queryAllByTestId("toast").map((toast) => toast.textContent);
const NOW = new Date("2026-11-22T17:00:00Z");
const desk = { ...storeFor("live", NOW.getTime()).desk, recordings_total: 1284, live_count: 1 };

describe("Nav", () => {
  const props = { view: "today" as const, desk, now: NOW, ongo: vi.fn(), onconnect: vi.fn() };

  it("shows where one is, what is live, how many recordings, and leads on", async () => {
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

  it("marks the sandbox in words and offers the way out of it; an account has no such mark", async () => {
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

  it("shows no live mark when nothing is live", () => {
    render(Nav, { ...props, desk: { ...desk, live_count: 0 } });
    expect(screen.getByTestId("nav-today")).toHaveTextContent(/^Today$/);
  });

  it("says the state of the link to Cloudflare, with what to do when it is broken", () => {
    expect(syncWords(desk, NOW)).toEqual({ tone: "ready", text: "Synced 4 s ago" });
    expect(syncWords({ ...desk, last_sync: null }, NOW)).toEqual({ tone: "wait", text: "Not synced yet" });
    const sync_error = { code: "credentials", message: "The token was refused.", next: "Connect again." };
    expect(syncWords({ ...desk, sync_error }, NOW).text).toBe("Not in sync; last synced 4 s ago");
    render(Nav, { ...props, desk: { ...desk, sync_error } });
    expect(screen.getByTestId("sync-error")).toHaveTextContent("The token was refused. Connect again.");
    expect(accountWords({ ...desk, mode: "cloud", app_name: null, account_id: "abcdef0123456789" })).toBe(
      "Account abcdef01…",
    );
  });
});

describe("App", () => {
  beforeEach(() => {
    app.view = "today";
    app.paletteOpen = false;
    app.shortcutsOpen = false;
    app.connectAsked = false;
    app.closeSessionDialog();
  });

  it("tells the shell once that the page is painted", async () => {
    const { of } = useDesk("live");
    render(App);
    await vi.waitFor(() => expect(of("page_shown")).toHaveLength(1));
    await screen.findByTestId("live-card");
    expect(of("page_shown")).toHaveLength(1);
  });

  it("opens the palette with Ctrl K, finds a command by its words and runs it", async () => {
    useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("{Control>}k{/Control}");
    const palette = await screen.findByTestId("command-palette");
    expect(within(palette).getByTestId("command-check-now")).toBeInTheDocument();
    expect(await barriers(palette)).toEqual([]);
    await user.type(screen.getByTestId("palette-input"), "go to share");
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.view).toBe("links"));
    await vi.waitFor(() => expect(screen.queryByTestId("command-palette")).toBeNull());
    expect(screen.getByTestId("nav-links")).toHaveAttribute("aria-current", "page");
  });

  it("lists the shortcuts with ? and checks with Cloudflare with R", async () => {
    const { of } = useDesk("live");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("r");
    await vi.waitFor(() => expect(of("check_now")).toHaveLength(1));
    await user.keyboard("?");
    const help = await screen.findByTestId("shortcuts");
    expect(help).toHaveTextContent("New session");
    expect(help).toHaveTextContent("Check with Cloudflare now");
    await vi.waitFor(() =>
      expect(toasts()).toContainEqual(expect.stringMatching(/Checked with Cloudflare.*Nothing changed/)),
    );
    // While the list is open, letters do nothing.
    await user.keyboard("r");
    expect(of("check_now")).toHaveLength(1);
  });

  it("says so while Cloudflare is asked, asks once, and says what was found", async () => {
    let answer: (compared: ComparedDto) => void = () => {};
    const { of } = useDesk("live", { check_now: () => new Promise<ComparedDto>((resolve) => (answer = resolve)) });
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("rr");
    await vi.waitFor(() => expect(screen.getByTestId("sync-state")).toHaveTextContent("Checking with Cloudflare…"));
    expect(of("check_now")).toHaveLength(1);
    answer({ opened: 1, closed: 0, found: 2, updated: 0, gone: 1 });
    const found = "1 session live at another desk, 2 recordings found, 1 recording gone at Cloudflare.";
    await vi.waitFor(() => expect(toasts()).toContainEqual(expect.stringContaining(found)));
    expect(screen.getByTestId("sync-state")).toHaveTextContent(/^Synced/);
  });

  it("says as a toast why a check failed, and what to do", async () => {
    useDesk("offline");
    render(App);
    await screen.findByTestId("nav-today");
    await user.keyboard("r");
    await vi.waitFor(() => {
      expect(toasts()).toContainEqual(expect.stringMatching(/Cloudflare cannot be reached.*Check the network/));
    });
  });

  it("leads from the sandbox mark to connecting an account", async () => {
    useDesk("empty");
    render(App);
    await user.click(await screen.findByTestId("connect-account"));
    await vi.waitFor(() => expect(app.view).toBe("settings"));
  });

  it("is one page of words when the desk cannot be opened, until it can", async () => {
    const desk = useDesk("damaged");
    render(App);
    const page = await screen.findByTestId("desk-failed");
    expect(page).toHaveTextContent("The database of this desk is damaged.");
    expect(page).toHaveTextContent("Restore a backup");
    expect(screen.queryByTestId("nav-today")).toBeNull();
    expect(await barriers()).toEqual([]);
    desk.answers.desk_status = () => storeFor("empty", Date.now()).desk;
    await user.click(screen.getByTestId("desk-retry"));
    expect(await screen.findByTestId("nav-today")).toBeVisible();
    expect(screen.queryByTestId("desk-failed")).toBeNull();
  });
});
