import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { HolidayDto, QuickLineDto, SessionDraft, SessionDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { schedulePosition, SchedulePosition, type Shape } from "../../state/schedule/position.svelte";
import { barriers } from "../../test/axe";
import { entry, session, shell } from "../../test/schedule";
import Schedule from "./Schedule.svelte";

const aikido = session({ title: "Aikido", start: "2026-11-25T19:00:00Z", instructor: "K. Mori" });
const judo = session({ title: "Judo", start: "2026-11-25T17:30:00Z" });

/** A desk whose sessions change as the core would change them. */
function desk(first: SessionDto[], over: Parameters<typeof shell>[0] = {}) {
  const state = { sessions: [...first] };
  const undone: unknown[] = [];
  const made = shell({
    calendar_entries: () => state.sessions.map((one) => entry(one)),
    live_list: () => [],
    holidays_list: () => [],
    session_edit: (args) => {
      const { id, input } = args as { id: string; input: SessionDraft };
      const found = state.sessions.find((one) => one.id === id);
      if (!found) throw new Error(`there is no session ${id}`);
      const start = new Date(`${input.start_local}:00+01:00`).toISOString();
      const changed = session({ ...found, start, duration_minutes: input.duration_minutes, end: "" });
      const end = new Date(Date.parse(start) + input.duration_minutes * 60_000).toISOString();
      const edited = { ...changed, end };
      state.sessions = state.sessions.map((one) => (one.id === id ? edited : one));
      return edited;
    },
    session_changes: () => [{ id: `change-${made.calls("session_edit").length}`, creation: false, undone: false }],
    change_undo: ({ change }) => undone.push(change),
    ...over,
  });
  return { ...made, undone };
}

function show(shape: Shape) {
  const position = new SchedulePosition();
  position.shape = shape;
  const target = document.body.appendChild(document.createElement("main"));
  const context = new Map<symbol, unknown>([startingState.context(), schedulePosition.context(position)]);
  return render(Schedule, { target, context });
}

// As App does.
document.addEventListener("keydown", (event) => app.handleKey(event));

const event = (name: string) => screen.findByRole("button", { name: new RegExp(`^${name}, `) });
const spoken = () => screen.getByTestId("schedule-spoken").textContent;

beforeEach(() => {
  localStorage.clear();
  app.now = new Date("2026-11-25T12:20:30Z");
  app.view = "schedule";
  app.closeSessionDialog();
});

describe("the shapes", () => {
  it.each<[Shape, RegExp]>([
    ["month", /^November 2026$/],
    ["week", /^23\s?–\s?29 November$/],
    ["day", /^Wednesday 25 November$/],
    ["agenda", /^23 November\s?–\s?20 December$/],
  ])("show a class as %s and have no barriers", async (shape, heading) => {
    desk([aikido, { ...judo, status: "cancelled" }]);
    show(shape);
    expect(screen.getByRole("heading", { level: 1 }).textContent?.replace(",", "")).toMatch(heading);
    expect(await screen.findAllByTestId("schedule-event")).toHaveLength(2);
    expect(await barriers()).toEqual([]);
  });

  it("are kept for the next start", async () => {
    desk([]);
    const user = userEvent.setup();
    show("week");
    await user.click(screen.getByTestId("show-month"));
    expect(await screen.findByRole("grid", { name: "November 2026" })).toBeVisible();
    expect(new SchedulePosition().shape).toBe("month");
  });

  it("show the classes of one instructor", async () => {
    desk([aikido, judo]);
    const user = userEvent.setup();
    show("week");
    await event("Judo");
    await user.click(screen.getByRole("button", { name: "K. Mori 1" }));
    expect(await event("Aikido")).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Judo, / })).toBeNull();
  });
});

describe("the month", () => {
  it("is walked by the arrow keys beyond its end, and a day is opened by Enter", async () => {
    const { calls } = desk([aikido]);
    const user = userEvent.setup();
    show("month");
    const today = await screen.findByRole("gridcell", { name: "Wednesday 25 November, 1 class" });
    today.focus();
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement).toHaveAttribute("data-day", "2026-12-02");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("December 2026");
    await waitFor(() => expect(calls("calendar_entries").at(-1)?.fromDay).toBe("2026-11-30"));
    await user.keyboard("{PageUp}{PageDown}{ArrowLeft}{Enter}");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/^Tuesday,? 1 December$/);
    expect(screen.getByTestId("show-day")).toBeChecked();
  });

  it("opens the form on the day of the cursor with N", async () => {
    desk([aikido]);
    const user = userEvent.setup();
    show("month");
    (await screen.findByRole("gridcell", { name: /25 November/ })).focus();
    await user.keyboard("{ArrowRight}n");
    expect(app.sessionDialog).toMatchObject({ open: true, slot: { day: "2026-11-26", minutes: 1140 } });
  });

  it("says how many more classes a day has, and opens it", async () => {
    const many = Array.from({ length: 6 }, (_, n) =>
      session({ title: `Class ${n}`, start: `2026-11-25T1${n}:00:00Z` }),
    );
    desk(many);
    const user = userEvent.setup();
    show("month");
    await user.click(await screen.findByRole("button", { name: "4 more on Wednesday 25 November" }));
    expect(await screen.findAllByTestId("schedule-event")).toHaveLength(6);
  });

  it("moves a class to the next day by Alt and an arrow, and the focus stays on it", async () => {
    const { calls } = desk([aikido]);
    const user = userEvent.setup();
    show("month");
    (await event("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowRight}{/Alt}");
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]).toMatchObject({ input: { start_local: "2026-11-26T20:00" } });
    expect(document.activeElement).toHaveAccessibleName(/^Aikido, Thursday,? 26 November/);
  });
});

describe("the agenda", () => {
  const late = session({ title: "Kobudo", start: "2027-01-05T19:00:00Z" });
  const within = (rows: SessionDto[], { fromDay, toDay }: Record<string, unknown>) =>
    rows
      .map((one) => entry(one))
      .filter(({ start_local: at }) => at >= String(fromDay) && at.slice(0, 10) <= String(toDay));

  it("lists four weeks, and four more by PageDown", async () => {
    desk([], { calendar_entries: (days) => within([aikido, judo, late], days) });
    const user = userEvent.setup();
    show("agenda");
    (await screen.findByTitle("Judo")).focus();
    expect(screen.queryByText("Kobudo")).toBeNull();
    await user.keyboard("{ArrowDown}{PageDown}");
    expect(await screen.findByText("Kobudo")).toBeVisible();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toMatch(/^23 November 2026\s?–\s?17 January 2027$/);
    expect(screen.getByText(/^Until Sunday,? 17 January$/)).toBeInTheDocument();
    expect(document.activeElement).toHaveTextContent("Aikido");
  });

  it("goes on by PageDown on its button, up to a year, and the focus stays in the list", async () => {
    desk([], { calendar_entries: (days) => within([aikido, judo], days) });
    const user = userEvent.setup();
    show("agenda");
    (await screen.findByTitle("Aikido")).focus();
    await user.keyboard("{ArrowDown}");
    expect(screen.getByTestId("more-days")).toHaveFocus();
    await user.keyboard("{ArrowUp}");
    expect(screen.getByTitle("Aikido")).toHaveFocus();
    await user.keyboard("{ArrowDown}{PageDown}");
    expect(screen.getByText(/^Until Sunday,? 17 January$/)).toBeInTheDocument();
    expect(screen.getByTestId("more-days")).toHaveFocus();
    for (let press = 0; press < 11; press++) await user.keyboard("{PageDown}");
    expect(screen.queryByTestId("more-days")).toBeNull();
    expect(screen.getByTitle("Aikido")).toHaveFocus();
  });

  it("goes on where it lists nothing yet", async () => {
    desk([], { calendar_entries: (days) => within([late], days) });
    const user = userEvent.setup();
    show("agenda");
    expect(await screen.findByTestId("empty")).toHaveTextContent("Nothing scheduled in these weeks");
    await user.click(screen.getByTestId("more-days"));
    expect(await screen.findByText("Kobudo")).toBeVisible();
    expect(screen.queryByTestId("empty")).toBeNull();
  });

  it("keeps the focus at its end where it lists nothing in a year", async () => {
    desk([]);
    const user = userEvent.setup();
    show("agenda");
    const more = await screen.findByTestId("more-days");
    for (let press = 0; press < 12; press++) await user.click(more);
    expect(screen.queryByTestId("more-days")).toBeNull();
    expect(document.activeElement).toHaveTextContent(/^Until/);
    expect(await barriers()).toEqual([]);
  });

  it("moves a class by Alt and an arrow, and cancels it by Delete", async () => {
    const { calls } = desk([aikido], { session_cancel: () => ({ ...aikido, status: "cancelled" }) });
    const user = userEvent.setup();
    show("agenda");
    (await screen.findByTitle("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    await waitFor(() => expect(document.activeElement).toHaveTextContent("Aikido"));
    await user.keyboard("{Delete}");
    await waitFor(() => expect(calls("session_cancel")).toHaveLength(1));
  });
});

describe("holidays", () => {
  const out = { ...judo, status: "cancelled" as const };
  const exam: HolidayDto = {
    id: "h1",
    first: "2026-11-24",
    last: "2026-11-26",
    reason: "Exam week",
    series: null,
    left_out: [out.id],
  };

  it.each<[Shape, number]>([
    ["month", 3],
    ["week", 3],
    ["day", 1],
    ["agenda", 2],
  ])("are drawn by name in the %s, and the class that one leaves out says so", async (shape, bands) => {
    desk([out, aikido], { holidays_list: () => [exam] });
    show(shape);
    await waitFor(() => expect(screen.getAllByTestId("holiday-band")).toHaveLength(bands));
    expect(screen.getAllByTestId("holiday-band")[0]).toHaveTextContent("Exam week");
    expect(screen.getAllByTestId("holiday-band")[0]).toHaveAttribute(
      "title",
      expect.stringContaining("1 class left out"),
    );
    if (shape === "agenda") expect(screen.getByText("Left out: Exam week")).toBeVisible();
    else expect(await event("Judo")).toHaveAccessibleName(/Left out: Exam week$/);
    expect(await barriers()).toEqual([]);
  });
});

describe("a holiday of one series", () => {
  const exam = { id: "h1", first: "2026-11-25", last: "2026-11-25", reason: "Exam", left_out: [judo.id] };

  it.each<[Shape, string]>([
    ["month", "gridcell"],
    ["week", "group"],
  ])("is named in the %s, and leaves the day open for the others", async (shape, role) => {
    const holidays: HolidayDto[] = [{ ...exam, series: "s1" }];
    desk([aikido], { holidays_list: () => holidays });
    const { unmount } = show(shape);
    expect(await screen.findByTestId("holiday-band")).toHaveTextContent("Exam (one series)");
    const day = () => screen.getByRole(role, { name: /25 November.*Exam/ });
    expect(day()).toHaveAccessibleName(/Exam \(one series\)$/);
    expect(day()).not.toHaveClass("closed");
    unmount();
    holidays.push({ ...exam, id: "h2", reason: "Feast", series: null });
    show(shape);
    await waitFor(() => expect(day()).toHaveAccessibleName(/Exam \(one series\) and Feast$/));
    expect(day()).toHaveClass("closed");
  });
});

describe("a class in the week", () => {
  it("is moved by quick presses in one change, which is spoken and undone by Ctrl Z", async () => {
    const { calls, undone } = desk([aikido]);
    const user = userEvent.setup();
    show("week");
    (await event("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowDown}{ArrowDown}{ArrowLeft}{Shift>}{ArrowDown}{/Shift}{/Alt}");
    expect(spoken()).toMatch(/^Aikido: Tuesday,? 24 November, 20:30 – 21:45, Europe\/Berlin$/);
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    const input = { start_local: "2026-11-24T20:30", duration_minutes: 75, timezone: "Europe/Berlin", title: "Aikido" };
    expect(calls("session_edit")[0]).toMatchObject({ id: aikido.id, input });
    await waitFor(() => expect(calls("session_changes")).toHaveLength(1));
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(undone).toEqual(["change-1"]));
  });

  it("is moved again by presses that come while a change is sent, in their order", async () => {
    let answer = () => {};
    const { calls } = desk([aikido], {
      session_edit: () => new Promise((resolve) => (answer = () => resolve(aikido))),
    });
    const user = userEvent.setup();
    show("week");
    (await event("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    expect(calls("session_edit")).toHaveLength(1);
    answer();
    await waitFor(() => expect(calls("session_edit")).toHaveLength(2));
    expect(calls("session_edit").map(({ input }) => (input as SessionDraft).start_local)).toEqual([
      "2026-11-25T20:15",
      "2026-11-25T20:30",
    ]);
  });

  it("is back where it was where the core refuses, and says why", async () => {
    const refused = { code: "invalid_input", message: "The start is in the past.", next: "Choose a later time." };
    const { calls } = desk([aikido], { session_edit: () => Promise.reject(refused) });
    const user = userEvent.setup();
    show("week");
    (await event("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowUp}{/Alt}");
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    await waitFor(() => expect(spoken()).toBe("The start is in the past. Choose a later time."));
    expect(await event("Aikido")).toHaveAccessibleName(/20:00 – 21:00/);
  });

  it("that is live or ended stays where it is", async () => {
    const { calls } = desk([{ ...aikido, status: "ended" }]);
    const user = userEvent.setup();
    show("week");
    (await event("Aikido")).focus();
    await user.keyboard("{Alt>}{ArrowUp}{/Alt}{Delete}");
    expect(spoken()).toContain("Only a class that has not begun can be cancelled.");
    expect([...calls("session_edit"), ...calls("session_cancel")]).toEqual([]);
  });

  it("is cancelled by Delete", async () => {
    const { calls } = desk([aikido], { session_cancel: () => ({ ...aikido, status: "cancelled" }) });
    const user = userEvent.setup();
    show("week");
    (await event("Aikido")).focus();
    await user.keyboard("{Delete}");
    await waitFor(() => expect(calls("session_cancel")).toEqual([{ id: aikido.id }]));
    await waitFor(() => expect(spoken()).toBe("“Aikido” is cancelled."));
  });

  it("names the zone that it was planned in", async () => {
    desk([{ ...aikido, timezone: "Asia/Tokyo" }]);
    show("week");
    expect(await event("Aikido")).toHaveAccessibleName(/20:00 – 21:00, planned in Asia\/Tokyo, Scheduled$/);
  });
});

describe("the pointer", () => {
  /** Gives every column of the grid a place: 100 px wide, one pixel for each minute. */
  function layOut() {
    for (const column of document.querySelectorAll<HTMLElement>("[data-column]")) {
      const left = Number(column.dataset.column) * 100;
      column.getBoundingClientRect = () => new DOMRect(left, 0, 100, 1440);
    }
  }
  const at = (x: number, y: number) => ({ clientX: x, clientY: y, button: 0, isPrimary: true, pointerType: "mouse" });

  async function drag(target: HTMLElement, from: [number, number], to: [number, number], drop = true) {
    await fireEvent.pointerDown(target, at(...from));
    await fireEvent.pointerMove(window, at(...to));
    if (drop) await fireEvent.pointerUp(window, at(...to));
  }

  it("moves a class by quarters of an hour, over days", async () => {
    const { calls } = desk([aikido]);
    show("week");
    const button = await event("Aikido");
    layOut();
    button.getBoundingClientRect = () => new DOMRect(200, 1200, 100, 60);
    await drag(button, [250, 1210], [150, 1262]);
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]).toMatchObject({
      input: { start_local: "2026-11-24T20:45", duration_minutes: 60 },
    });
  });

  it("drags the end of a class", async () => {
    const { calls } = desk([aikido]);
    show("week");
    const button = await event("Aikido");
    layOut();
    button.getBoundingClientRect = () => new DOMRect(200, 1200, 100, 60);
    await drag(button, [250, 1258], [250, 1290]);
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]).toMatchObject({
      input: { start_local: "2026-11-25T20:00", duration_minutes: 90 },
    });
  });

  const touch = (x: number, y: number) => ({ ...at(x, y), pointerType: "touch", pointerId: 7 });
  const rest = () => new Promise((wake) => setTimeout(wake, 400));

  it("moves a class by a finger that rested on it, and shows that it is picked up", async () => {
    const { calls } = desk([aikido]);
    show("week");
    const button = await event("Aikido");
    layOut();
    button.getBoundingClientRect = () => new DOMRect(200, 1200, 100, 60);
    await fireEvent.pointerDown(button, touch(250, 1210));
    await rest();
    expect(await screen.findByTestId("drag-ghost")).toBeInTheDocument();
    // Another finger changes nothing.
    await fireEvent.pointerUp(window, { ...touch(10, 10), pointerId: 8 });
    await fireEvent.pointerMove(window, touch(150, 1262));
    const scroll = new Event("touchmove", { cancelable: true });
    window.dispatchEvent(scroll);
    expect(scroll.defaultPrevented).toBe(true);
    await fireEvent.pointerUp(window, touch(150, 1262));
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]).toMatchObject({ input: { start_local: "2026-11-24T20:45" } });
  });

  it("leaves a finger that moves at once to scroll", async () => {
    const { calls } = desk([aikido]);
    show("week");
    const button = await event("Aikido");
    layOut();
    await fireEvent.pointerDown(button, touch(250, 1210));
    await fireEvent.pointerMove(window, touch(250, 1150));
    await rest();
    await fireEvent.pointerMove(window, touch(150, 1262));
    await fireEvent.pointerUp(window, touch(150, 1262));
    expect(screen.queryByTestId("drag-ghost")).toBeNull();
    await rest();
    expect(calls("session_edit")).toEqual([]);
  });

  it("moves a class to another day of the month by a finger that rested on it", async () => {
    const { calls } = desk([aikido]);
    show("month");
    const button = await event("Aikido");
    const friday = document.querySelector('[data-day="2026-11-27"]');
    document.elementFromPoint = () => friday;
    await fireEvent.pointerDown(button, touch(250, 300));
    await rest();
    await fireEvent.pointerMove(window, touch(450, 300));
    await waitFor(() => expect(friday).toHaveClass("over"));
    await fireEvent.pointerUp(window, touch(450, 300));
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("session_edit")[0]).toMatchObject({ input: { start_local: "2026-11-27T20:00" } });
  });

  it("leaves everything as it was after Escape", async () => {
    const { calls } = desk([aikido]);
    show("week");
    const button = await event("Aikido");
    layOut();
    button.getBoundingClientRect = () => new DOMRect(200, 1200, 100, 60);
    await drag(button, [250, 1210], [150, 1262], false);
    expect(screen.getByTestId("drag-ghost")).toBeInTheDocument();
    await fireEvent.keyDown(window, { key: "Escape" });
    expect(screen.queryByTestId("drag-ghost")).toBeNull();
    await fireEvent.pointerUp(window, at(150, 1262));
    await new Promise((wake) => setTimeout(wake, 500));
    expect(calls("session_edit")).toEqual([]);
  });

  it("opens the form for the span that was dragged over an empty place", async () => {
    desk([]);
    show("week");
    await screen.findByTestId("empty-slot");
    layOut();
    const column = document.querySelector<HTMLElement>('[data-day="2026-11-26"]');
    if (!column) throw new Error("the week has no Thursday");
    await drag(column, [350, 1081], [350, 1168]);
    expect(app.sessionDialog).toMatchObject({ slot: { day: "2026-11-26", minutes: 1080, length: 90 } });
  });
});

describe("the line", () => {
  const read: QuickLineDto = {
    parts: [
      { part: "title", means: "Karate", source: "Karate" },
      { part: "day", means: "Thursday, 26 November 2026", source: "tomorrow" },
      { part: "time", means: "18:00 to 19:00", source: "18:00" },
      { part: "length", means: "1 h", source: null },
    ],
    left_out: ["mat2"],
    problems: [],
    title: "Karate",
    start_local: "2026-11-26T18:00",
    duration_minutes: 60,
    record: true,
    rule: null,
    note: null,
  };
  const unclear = { source: "at 6", message: "“6” may be the morning or the evening.", next: "Write 06:00 or 18:00." };

  it("shows and speaks each part, and Enter creates the class", async () => {
    const { calls } = desk([], { quick_line: () => read, quick_line_create: () => aikido });
    const user = userEvent.setup();
    show("week");
    await user.keyboard("q");
    expect(screen.getByTestId("quick-line")).toHaveFocus();
    await user.keyboard("Karate tomorrow 18:00 mat2");
    const preview = await screen.findByTestId("quick-preview");
    expect(preview).toHaveTextContent("“tomorrow”");
    expect(preview).toHaveTextContent("Not understood “mat2” is left out");
    expect(screen.getByTestId("quick-spoken").textContent).toContain("Time: 18:00 – 19:00.");
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Enter}");
    await waitFor(() => expect(calls("quick_line_create")).toHaveLength(1));
    expect(calls("quick_line_create")[0]).toMatchObject({ text: "Karate tomorrow 18:00 mat2", zone: "Europe/Berlin" });
    await waitFor(() => expect(screen.getByTestId("quick-line")).toHaveValue(""));
  });

  it("leaves Ctrl+K and the like to the window, and keeps Ctrl+Z for its own undo", async () => {
    desk([]);
    const user = userEvent.setup();
    show("week");
    await user.keyboard("q");
    const heard: string[] = [];
    const hear = (event: KeyboardEvent) => event.ctrlKey && event.key !== "Control" && heard.push(event.key);
    window.addEventListener("keydown", hear);
    await user.keyboard("Judo{Control>}z{/Control}{Control>}k{/Control}{Control>}2{/Control}");
    window.removeEventListener("keydown", hear);
    expect(heard).toEqual(["k", "2"]);
  });

  it("opens the form with what was understood by Tab", async () => {
    desk([], { quick_line: () => read });
    const user = userEvent.setup();
    show("week");
    await user.type(screen.getByTestId("quick-line"), "Karate tomorrow 18:00");
    await screen.findByTestId("quick-preview");
    await user.keyboard("{Tab}");
    const slot = { day: "2026-11-26", minutes: 1080, title: "Karate", length: 60, record: true };
    await waitFor(() => expect(app.sessionDialog).toEqual({ open: true, session: null, slot }));
  });

  it("creates nothing while something is unclear, and Escape leaves it", async () => {
    const { calls } = desk([], { quick_line: () => ({ ...read, start_local: "", problems: [unclear] }) });
    const user = userEvent.setup();
    show("week");
    await user.type(screen.getByTestId("quick-line"), "Karate tomorrow at 6");
    expect(await screen.findByText(unclear.message)).toBeVisible();
    expect(screen.getByTestId("quick-create")).toBeDisabled();
    await user.keyboard("{Enter}");
    expect(calls("quick_line_create")).toEqual([]);
    await user.keyboard("{Escape}");
    expect(screen.getByTestId("quick-line")).toHaveValue("");
    expect(screen.getByTestId("quick-line")).not.toHaveFocus();
  });

  it("keeps the text where the class cannot be created", async () => {
    const locked = { code: "database", message: "The schedule is locked.", next: "Try again." };
    desk([], { quick_line: () => read, quick_line_create: () => Promise.reject(locked) });
    const user = userEvent.setup();
    show("week");
    await user.type(screen.getByTestId("quick-line"), "Karate tomorrow 18:00{Enter}");
    expect(await screen.findByText(/The schedule is locked/)).toBeVisible();
    expect(screen.getByTestId("quick-line")).toHaveValue("Karate tomorrow 18:00");
  });
});
