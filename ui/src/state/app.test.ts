import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionDto } from "../ipc/client";
import { storeFor, useDesk } from "../test/desk";
import { AppState } from "./app.svelte";
import { matchesKeys } from "./keys";

const toasts = vi.hoisted(() => ({ note: vi.fn(), done: vi.fn(), problem: vi.fn() }));
vi.mock("./toasts", () => toasts);

const press = (key: string, more: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });

describe("matchesKeys", () => {
  it("distinguishes letters with and without modifier keys", () => {
    expect(matchesKeys(press("n"), "n")).toBe(true);
    expect(matchesKeys(press("n", { ctrlKey: true }), "n")).toBe(false);
    expect(matchesKeys(press("N", { shiftKey: true }), "n")).toBe(false);
    expect(matchesKeys(press("E", { ctrlKey: true, shiftKey: true }), "ctrl+shift+e")).toBe(true);
    expect(matchesKeys(press("e", { ctrlKey: true }), "ctrl+shift+e")).toBe(false);
    expect(matchesKeys(press("E", { metaKey: true, shiftKey: true }), "ctrl+shift+e")).toBe(true);
  });
  it("matches punctuation keys such as ?, / and + with and without Shift", () => {
    expect(matchesKeys(press("?", { shiftKey: true }), "?")).toBe(true);
    expect(matchesKeys(press("/"), "/")).toBe(true);
    expect(matchesKeys(press("/", { shiftKey: true }), "/")).toBe(true);
    expect(matchesKeys(press("+", { ctrlKey: true, shiftKey: true }), "ctrl++")).toBe(true);
    expect(matchesKeys(press("=", { ctrlKey: true }), "ctrl+=")).toBe(true);
    expect(matchesKeys(press("+"), "ctrl++")).toBe(false);
    expect(matchesKeys(press("0", { ctrlKey: true }), "ctrl+0")).toBe(true);
    expect(matchesKeys(press(",", { metaKey: true }), "ctrl+,")).toBe(true);
  });
});

describe("AppState", () => {
  let app: AppState;
  beforeEach(() => {
    app = new AppState();
  });
  afterEach(() => {
    document.body.replaceChildren();
    vi.useRealTimers();
  });

  it("opens a view with the options for it", () => {
    app.go("recordings", { recordingId: "r1" });
    expect([app.view, app.selectedRecording]).toEqual(["recordings", "r1"]);
    app.go("settings", { connect: true });
    expect([app.view, app.connectAsked]).toEqual(["settings", true]);
    app.go("schedule", { newSession: true });
    expect(app.sessionDialog).toEqual({ open: true, session: null });
    app.closeSessionDialog();
    expect(app.sessionDialog).toEqual({ open: false });
  });

  it("runs the command of a key, shows its obstacle, and forgets a removed command", () => {
    const run = vi.fn();
    let obstacle: { message: string; next: string } | undefined;
    const stop = app.registerCommand({ id: "x", title: "X", keys: "x", run, obstacle: () => obstacle });
    const event = press("x");
    app.handleKey(event);
    expect(run).toHaveBeenCalledTimes(1);
    expect(event.defaultPrevented).toBe(true);
    obstacle = { message: "Nothing is live.", next: "Start a class first." };
    app.handleKey(press("x"));
    expect(run).toHaveBeenCalledTimes(1);
    expect(toasts.note).toHaveBeenCalledWith("Nothing is live.", "Start a class first.");
    obstacle = undefined;
    stop();
    app.handleKey(press("x"));
    expect(run).toHaveBeenCalledTimes(1);
    expect(app.commands).toEqual([]);
  });

  it("matches the character of a key before its position", () => {
    const [plus, one] = [vi.fn(), vi.fn()];
    app.registerCommand({ id: "plus", title: "Plus", keys: "ctrl++", run: plus });
    app.registerCommand({ id: "one", title: "One", keys: "ctrl+1", run: one });
    app.handleKey(press("+", { code: "Digit1", ctrlKey: true }));
    expect([plus.mock.calls.length, one.mock.calls.length]).toEqual([1, 0]);
    app.handleKey(press("&", { code: "Digit1", ctrlKey: true }));
    expect([plus.mock.calls.length, one.mock.calls.length]).toEqual([1, 1]);
  });

  it("keeps the newer command when a replaced one is removed", () => {
    const stop = app.registerCommand({ id: "x", title: "Old", run() {} });
    app.registerCommand({ id: "x", title: "New", run() {} });
    stop();
    expect(app.commands.map((command) => command.title)).toEqual(["New"]);
  });

  it("ignores letters in text fields and dialogs, but not combinations", () => {
    const letter = vi.fn();
    const combination = vi.fn();
    app.registerCommand({ id: "a", title: "A", keys: "n", run: letter });
    app.registerCommand({ id: "b", title: "B", keys: "ctrl+shift+e", run: combination });
    const input = document.createElement("input");
    document.body.append(input);
    input.addEventListener("keydown", (event) => app.handleKey(event));
    input.dispatchEvent(press("n"));
    expect(letter).not.toHaveBeenCalled();
    input.dispatchEvent(press("E", { ctrlKey: true, shiftKey: true }));
    expect(combination).toHaveBeenCalledTimes(1);
    const dialog = document.createElement("div");
    dialog.setAttribute("role", "dialog");
    document.body.append(dialog);
    app.handleKey(press("n"));
    expect(letter).not.toHaveBeenCalled();
    app.handleKey(press("E", { ctrlKey: true, shiftKey: true }));
    expect(combination).toHaveBeenCalledTimes(1);
    app.registerCommand({ id: "z", title: "Z", keys: "ctrl+0", inDialogs: true, run: combination });
    app.handleKey(press("0", { ctrlKey: true }));
    expect(combination).toHaveBeenCalledTimes(2);
    dialog.remove();
    app.handleKey(press("n"));
    expect(letter).toHaveBeenCalledTimes(1);
  });

  it("ticks every minute, fetches the desk after its topics only, opens the recording of a notification, and stops", async () => {
    vi.useFakeTimers();
    const desk = useDesk("live");
    const stop = app.start();
    const before = app.now.getTime();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(app.now.getTime()).toBeGreaterThan(before);
    expect(app.now.getTime() % 60_000).toBe(0);
    expect(app.desk.value?.mode).toBe("sandbox");
    desk.emit("changed", { topics: ["links"] });
    expect(desk.of("desk_status")).toHaveLength(1);
    desk.emit("changed", { topics: ["links", "sessions"] });
    expect(desk.of("desk_status")).toHaveLength(2);
    desk.emit("open_recording", "r9");
    expect([app.view, app.selectedRecording]).toEqual(["recordings", "r9"]);
    // A class opens where a person can act on it: on the schedule, and on Today while it is live.
    const of = (status: SessionDto["status"]) => ({ ...storeFor("live", Date.now()).live[0]?.session, status });
    desk.emit("open_session", of("scheduled"));
    expect([app.view, app.sessionAsked?.status]).toEqual(["schedule", "scheduled"]);
    desk.emit("open_session", of("live"));
    expect(app.view).toBe("today");
    stop();
    expect(desk.listeners()).toBe(0);
    const last = app.now;
    await vi.advanceTimersByTimeAsync(180_000);
    expect(app.now).toBe(last);
    expect(vi.getTimerCount()).toBe(0);
  });
});
