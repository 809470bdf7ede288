import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useDesk } from "../test/desk";
import { AppState } from "./app.svelte";
import { matchesKeys } from "./keys";

const press = (key: string, more: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });

describe("matchesKeys", () => {
  it("tells plain letters from letters with modifiers", () => {
    expect(matchesKeys(press("n"), "n")).toBe(true);
    expect(matchesKeys(press("n", { ctrlKey: true }), "n")).toBe(false);
    expect(matchesKeys(press("N", { shiftKey: true }), "n")).toBe(false);
    expect(matchesKeys(press("E", { ctrlKey: true, shiftKey: true }), "ctrl+shift+e")).toBe(true);
    expect(matchesKeys(press("e", { ctrlKey: true }), "ctrl+shift+e")).toBe(false);
    expect(matchesKeys(press("E", { metaKey: true, shiftKey: true }), "ctrl+shift+e")).toBe(true);
  });
  it("takes signs with and without Shift, as keyboards differ", () => {
    expect(matchesKeys(press("?", { shiftKey: true }), "?")).toBe(true);
    expect(matchesKeys(press("/"), "/")).toBe(true);
    expect(matchesKeys(press("/", { shiftKey: true }), "/")).toBe(true);
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

  it("goes to a view with what was asked for there", () => {
    app.go("recordings", { recordingId: "r1" });
    expect([app.view, app.selectedRecording]).toEqual(["recordings", "r1"]);
    app.go("settings", { connect: true });
    expect([app.view, app.connectAsked]).toEqual(["settings", true]);
    app.go("schedule", { newSession: true });
    expect(app.sessionDialog).toEqual({ open: true, session: null });
    app.closeSessionDialog();
    expect(app.sessionDialog).toEqual({ open: false });
  });

  it("runs the command of a key while it can be used, and forgets it when it is taken away", () => {
    const run = vi.fn();
    let usable = true;
    const stop = app.registerCommand({ id: "x", title: "X", keys: "x", run, when: () => usable });
    const event = press("x");
    app.handleKey(event);
    expect(run).toHaveBeenCalledTimes(1);
    expect(event.defaultPrevented).toBe(true);
    usable = false;
    app.handleKey(press("x"));
    usable = true;
    stop();
    app.handleKey(press("x"));
    expect(run).toHaveBeenCalledTimes(1);
    expect(app.commands).toEqual([]);
  });

  it("taking away a command that was replaced leaves the newer one", () => {
    const stop = app.registerCommand({ id: "x", title: "Old", run() {} });
    app.registerCommand({ id: "x", title: "New", run() {} });
    stop();
    expect(app.commands.map((command) => command.title)).toEqual(["New"]);
  });

  it("leaves letters alone where one types and while a dialog is open, but not combinations", () => {
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
    dialog.remove();
    app.handleKey(press("n"));
    expect(letter).toHaveBeenCalledTimes(1);
  });

  it("ticks, fetches the desk again when something changed, opens what a notification names, and stops", async () => {
    vi.useFakeTimers();
    const desk = useDesk("live");
    const stop = app.start();
    const before = app.now.getTime();
    await vi.advanceTimersByTimeAsync(2000);
    expect(app.now.getTime() - before).toBeGreaterThanOrEqual(2000);
    expect(app.desk.value?.mode).toBe("sandbox");
    desk.emit("changed", { topics: ["desk"] });
    expect(desk.of("desk_status")).toHaveLength(2);
    desk.emit("open_recording", "r9");
    expect([app.view, app.selectedRecording]).toEqual(["recordings", "r9"]);
    stop();
    expect(desk.listeners()).toBe(0);
    const last = app.now;
    await vi.advanceTimersByTimeAsync(3000);
    expect(app.now).toBe(last);
  });
});
