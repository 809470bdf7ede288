import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { barriers } from "../../test/axe";
import { session, useDesk } from "../../test/desk";
import TodayView from "./Today.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();
let context = new Map([startingState.context()]);
const soon = () => session(2, Date.now() + 9 * 60_000, { title: "Judo" });
const check = (name: string, state: string, sentence: string, fix: string | null) => ({
  name,
  label: name,
  state,
  sentence,
  fix,
});
const found = (...checks: ReturnType<typeof check>[]) => ({
  session_id: soon().id,
  checked_at: new Date().toISOString(),
  state: checks.at(-1)?.state ?? "unknown",
  checks,
});

beforeEach(() => {
  app.view = "today";
  app.now = new Date();
  app.closeRoster();
  context = new Map([startingState.context()]);
});

describe("the checks before a class", () => {
  it("are made once where a class begins within the hour, and passed ones take no button", async () => {
    const desk = useDesk("empty", { sessions_list: () => [soon()] });
    render(TodayView, { context });
    const list = await screen.findByTestId("preflight");
    await vi.waitFor(() => expect(list).toHaveAttribute("data-state", "ok"));
    expect(list).toHaveTextContent("13 checks passed");
    expect(within(list).queryByTestId("preflight-fix")).toBeNull();
    expect(desk.of("preflight_run").map((call) => call.args)).toEqual([{ sessionId: soon().id }]);
    expect(await barriers()).toEqual([]);
  });

  it("are not made by themselves for a class of tomorrow", async () => {
    const tomorrow = session(2, Date.now() + 26 * 3_600_000, { title: "Judo" });
    const desk = useDesk("empty", { sessions_list: () => [tomorrow] });
    render(TodayView, { context });
    expect(await screen.findByTestId("preflight")).toHaveTextContent("Not checked yet");
    expect(desk.of("preflight_run")).toEqual([]);
    await user.click(screen.getByTestId("preflight-check"));
    await vi.waitFor(() => expect(desk.of("preflight_run")).toHaveLength(1));
  });

  it("name what is to do last, with the button that helps, and Start stays possible", async () => {
    useDesk("empty", {
      sessions_list: () => [soon()],
      preflight_last: () =>
        found(
          check("disk", "ok", "212 GB free.", null),
          check("clock", "unknown", "There is nothing to compare.", "check_again"),
          check("people", "attention", "V. Kovac has no link yet.", "people"),
          check("app", "blocking", "The account has 2 apps.", "app"),
        ),
    });
    render(TodayView, { context });
    const todo = await screen.findAllByTestId("preflight-todo");
    expect(todo.map((row) => row.dataset.check)).toEqual(["people", "app"]);
    expect(screen.getByTestId("preflight-unknown")).toHaveTextContent("Not known: clock. There is nothing to compare.");
    expect(screen.getByTestId("preflight")).toHaveTextContent("1 check passed, 2 to do, 1 not known");
    expect(screen.getByTestId("start-session")).toBeEnabled();
    await user.click(within(todo[0] as HTMLElement).getByRole("button", { name: "Give them a link" }));
    expect(app.rosterOf?.title).toBe("Judo");
    await user.click(within(todo[1] as HTMLElement).getByRole("button", { name: "Choose the app" }));
    expect(app.view).toBe("settings");
    expect(await barriers()).toEqual([]);
  });

  it("say why they could not be made, and can be made again", async () => {
    const desk = useDesk("empty", {
      sessions_list: () => [soon()],
      preflight_run: () => {
        throw { code: "database", message: "The schedule cannot be read.", next: "Try again." };
      },
    });
    render(TodayView, { context });
    const list = await screen.findByTestId("preflight");
    expect(await within(list).findByTestId("error-note")).toHaveTextContent("The schedule cannot be read.");
    delete desk.answers.preflight_run;
    await user.click(within(list).getByRole("button", { name: "Try again" }));
    await vi.waitFor(() => expect(list).toHaveAttribute("data-state", "ok"));
    expect(within(list).queryByTestId("error-note")).toBeNull();
  });
});

describe("the next class", () => {
  it("starts with Ctrl Enter and its invitation is copied with I", async () => {
    const desk = useDesk("empty", {
      sessions_list: () => [soon()],
      session_start: () => ({ session: soon(), already_live: false, opened: true }),
      session_invite: () => ({ made: 1, max: 50, copied: true, local_only: false }),
    });
    render(TodayView, { context });
    await screen.findByTestId("next-session");
    const hear = (event: KeyboardEvent) => app.handleKey(event);
    window.addEventListener("keydown", hear);
    await user.keyboard("i");
    await vi.waitFor(() => expect(desk.of("session_invite")).toHaveLength(1));
    await user.keyboard("{Control>}{Enter}{/Control}");
    await vi.waitFor(() => expect(desk.of("session_start")).toHaveLength(1));
    window.removeEventListener("keydown", hear);
  });

  it("is announced at five minutes, and not at nine", async () => {
    const start = Date.now() + 9 * 60_000;
    useDesk("empty", { sessions_list: () => [session(2, start, { title: "Judo" })] });
    render(TodayView, { context });
    const spoken = await screen.findByTestId("count-down-spoken");
    expect(spoken).toHaveTextContent(/^$/);
    app.now = new Date(start - 5 * 60_000);
    await vi.waitFor(() => expect(spoken).toHaveTextContent("“Judo” starts in 5 minutes."));
    expect(screen.getByTestId("count-down")).toHaveTextContent("5 min");
  });

  it("says that today's classes are over where it is on another day", async () => {
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    const ended = session(1, midnight.getTime(), { title: "Karate", status: "ended", recording_id: "r" });
    const next = session(2, midnight.getTime() + 30 * 3_600_000, { title: "Judo" });
    const after = session(3, midnight.getTime() + 32 * 3_600_000, { title: "Aikido" });
    useDesk("empty", { sessions_list: () => [ended, next, after] });
    render(TodayView, { context });
    expect((await screen.findAllByTestId("next-session"))[0]).toHaveTextContent("Done for today. Your next class");
    const timeline = screen.getByTestId("day-timeline");
    expect(within(timeline).getByTestId("day-row")).toHaveTextContent("Karate");
    await user.click(within(timeline).getByRole("button", { name: "Aikido" }));
    expect(app.view).toBe("schedule");
  });

  it("offers the next step where today's classes are over and none lies ahead", async () => {
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    const ended = session(1, midnight.getTime(), { title: "Karate", status: "ended", recording_id: "r" });
    useDesk("empty", { sessions_list: () => [ended] });
    render(TodayView, { context });
    const card = await screen.findByTestId("nothing-ahead");
    expect(card).toHaveTextContent("Done for today");
    await user.click(within(card).getByRole("button", { name: "Plan a class" }));
    expect(app.sessionDialog.open).toBe(true);
  });
});
