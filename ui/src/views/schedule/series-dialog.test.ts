import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { SeriesChangesDto, SessionDraft } from "../../ipc/client";
import { shownDay } from "../../lib/typed-dates";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { session, settings, shell } from "../../test/schedule";
import EndSeries from "./EndSeries.svelte";
import HolidaysDialog from "./HolidaysDialog.svelte";
import SessionDialog from "./SessionDialog.svelte";
import { addDays, wallClock } from "./zones";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const soon = addDays(wallClock(new Date(), ZONE).day, 30);
const NOTE = "The clocks in Europe/Berlin skip 02:30 on 28 March 2027; the class begins at 03:30.";
const field = (name: string) => screen.getByTestId<HTMLInputElement>(`field-${name}`);

const preview = ({ startLocal, rule }: Record<string, unknown>) => {
  if (String(rule).includes("SECONDLY")) {
    const [message, next] = ["SECONDLY would repeat the class within a day.", "Plan a series for each time."];
    return Promise.reject({ code: "invalid_input", message, next, fields: [{ field: "rrule", message, next }] });
  }
  const date = { local: String(startLocal), start: `${String(startLocal)}:00Z`, note: NOTE };
  return { sentence: "every Tuesday and Thursday", dates: [date], more: true, notes: [NOTE] };
};
const changed: SeriesChangesDto = {
  sessions: [
    {
      id: "a",
      before: { title: "Judo", local: "2026-12-08T18:30", timezone: ZONE, cancelled: false },
      after: { title: "Judo", local: "2026-12-10T18:30", timezone: ZONE, cancelled: false },
    },
    {
      id: "b",
      before: { title: "Judo", local: "2026-12-15T18:30", timezone: ZONE, cancelled: false },
      after: { title: "Judo", local: "2026-12-15T18:30", timezone: ZONE, cancelled: true },
    },
  ],
  left_out: [],
  later_from: "2027-02-04T18:30",
  kept: [{ local: "2026-12-22T09:00", why: "moved" }],
  change: "entry-1",
};
const SERIES = { id: "series-1", sentence: "every Tuesday", moved_from: null };

const desk = (over: Parameters<typeof shell>[0] = {}) =>
  shell({
    settings_get: () => settings,
    series_preview: preview,
    series_create: ({ input }) => ({
      sentence: "every Tuesday and Thursday",
      sessions: [session({ title: (input as SessionDraft).title })],
      change: "entry-1",
    }),
    series_of_session: () => ({
      id: "series-1",
      sentence: "every Tuesday",
      rule: "FREQ=WEEKLY;BYDAY=TU",
      first: "2026-12-01T18:30",
      timezone: ZONE,
      one_room: false,
    }),
    series_edit: () => changed,
    session_edit: ({ id }) => session({ id: id as string }),
    ...over,
  });

beforeEach(() => {
  app.closeSessionDialog();
  app.now = new Date();
});

describe("a new class that repeats", () => {
  it("is planned by keyboard alone, with its dates and what the clocks do shown before it is saved", async () => {
    const { calls } = desk();
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog();
    await screen.findByRole("dialog");
    await waitFor(() => expect(field("title")).toHaveFocus());
    await user.keyboard("Judo");
    await user.tab();
    await user.tab();
    expect(field("date")).toHaveFocus();
    await user.keyboard(`{Control>}a{/Control}${soon}`);
    screen.getByTestId("repeats-never").focus();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(screen.getByTestId<HTMLInputElement>("repeats-weekly").checked).toBe(true);
    const chosen = screen.getAllByRole("button", { pressed: true });
    expect(chosen).toHaveLength(1);
    const other = screen.getByTestId(chosen[0]?.dataset.testid === "repeat-on-TH" ? "repeat-on-TU" : "repeat-on-TH");
    other.focus();
    await user.keyboard(" ");
    expect(other).toHaveAttribute("aria-pressed", "true");
    expect(await screen.findByText("Every Tuesday and Thursday.")).toBeVisible();
    expect(screen.getByText(NOTE)).toBeVisible();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const [made] = calls("series_create");
    expect(made?.rule).toMatch(/^FREQ=WEEKLY;BYDAY=\w\w,\w\w$/);
    expect((made?.input as SessionDraft).start_local.slice(0, 10)).toBe(soon);
    expect(calls("session_create")).toEqual([]);
  });

  it("is not sent while its rule is not whole, and the core’s refusal stands at the rule", async () => {
    const { calls } = desk();
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialogAt({ day: soon, minutes: 1110 });
    await screen.findByRole("dialog");
    await user.type(field("title"), "Judo");
    await user.click(screen.getByTestId("repeats-daily"));
    await user.clear(field("interval"));
    await user.click(screen.getByTestId("save-session"));
    expect(await screen.findByText("Enter a whole number from 1 to 999.")).toBeVisible();
    expect(calls("series_create")).toEqual([]);
    await user.click(screen.getByTestId("repeats-rule"));
    await user.clear(field("rule"));
    await user.type(field("rule"), "FREQ=SECONDLY");
    await waitFor(() => expect(field("rule")).toBeInvalid());
    expect(screen.getByText(/SECONDLY would repeat the class within a day/)).toBeVisible();
  });
});

describe("a class of a series", () => {
  const class_ = () => session({ title: "Judo", start: `${soon}T18:30:00Z`, timezone: "UTC", series: SERIES });

  async function edit(over: Parameters<typeof shell>[0] = {}) {
    const { calls } = desk(over);
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog(class_());
    await screen.findByTestId("series-scope");
    return { calls, user };
  }

  it("is changed alone unless more is chosen", async () => {
    const { calls, user } = await edit();
    expect(screen.getByTestId<HTMLInputElement>("scope-one").checked).toBe(true);
    expect(screen.queryByTestId("recurrence")).toBeNull();
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("session_edit")).toHaveLength(1));
    expect(calls("series_edit")).toEqual([]);
  });

  it("says exactly which dates change with it before it is saved", async () => {
    const { calls, user } = await edit();
    await user.click(screen.getByTestId("scope-following"));
    const summary = await screen.findByTestId("series-summary");
    expect(summary).toHaveTextContent(
      "Changes 1 class, cancels 1 class and goes on for every later one. Tue 22 Dec 2026, 09:00 was moved by hand and keeps its time.",
    );
    const lines = within(screen.getByTestId("series-changes")).getAllByRole("listitem", { hidden: true });
    expect(lines.map((line) => line.textContent)).toEqual([
      "Tue 8 Dec 2026, 18:30 → Thu 10 Dec 2026, 18:30",
      "Tue 15 Dec 2026, 18:30: cancelled",
      "Every later class, from Thu 4 Feb 2027, 18:30 on",
    ]);
    await user.click(screen.getByTestId("repeat-on-TH"));
    await user.click(screen.getByTestId("repeat-on-TU"));
    await waitFor(() =>
      expect(calls("series_edit").at(-1)).toMatchObject({
        scope: "following",
        rule: "FREQ=WEEKLY;BYDAY=TH",
        dryRun: true,
      }),
    );
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls("series_edit").at(-1)).toMatchObject({ rule: "FREQ=WEEKLY;BYDAY=TH", dryRun: false });
  });

  it("keeps its rule where only other fields change", async () => {
    const { calls, user } = await edit();
    await user.click(screen.getByTestId("scope-all"));
    await user.clear(field("title"));
    await user.type(field("title"), "Karate");
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("series_edit").at(-1)).toMatchObject({ scope: "all", rule: null, dryRun: false }));
  });

  it("can share one room with all others, and is compared on every date", async () => {
    const conflict = {
      kind: "instructor",
      message: "On 29 of 30 dates K. Mori teaches “Aikido” at the same time.",
      session_id: null,
      solutions: [],
    };
    const none = { minutes_left: null, minutes_at: null, minutes_unknown: null };
    const { calls, user } = await edit({ series_conflicts: () => ({ ...none, conflicts: [conflict] }) });
    expect(screen.queryByTestId("one-room")).toBeNull();
    await user.click(screen.getByTestId("scope-all"));
    const shared = await screen.findByRole("switch", { name: "One room for all classes" });
    expect(shared).not.toBeChecked();
    shared.focus();
    await user.keyboard(" ");
    await waitFor(() => expect(calls("series_edit").at(-1)).toMatchObject({ oneRoom: true, dryRun: true }));
    expect(await screen.findByTestId("conflict", {}, { timeout: 3000 })).toHaveTextContent("29 of 30 dates");
    expect(calls("series_conflicts").at(-1)).toMatchObject({ scope: "all", rule: null });
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("series_edit").at(-1)).toMatchObject({ oneRoom: true, dryRun: false }));
  });

  it("leaves the rooms alone unless somebody chooses", async () => {
    const { calls, user } = await edit();
    await user.click(screen.getByTestId("scope-all"));
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("series_edit").at(-1)).toMatchObject({ oneRoom: null, dryRun: false }));
  });

  it("can be the end of its series, after the dates are named", async () => {
    const { calls } = desk({ series_end: () => changed });
    const user = userEvent.setup();
    render(EndSeries, { session: class_(), onclose: () => {} });
    const question = await screen.findByRole("alertdialog");
    expect(question).toHaveTextContent("Tue 15 Dec 2026, 18:30");
    await user.click(within(question).getByRole("button", { name: /End the series/ }));
    await waitFor(() => expect(calls("series_end").map(({ dryRun }) => dryRun)).toEqual([true, false]));
  });
});

describe("a class of its own", () => {
  const alone = session({ title: "Judo", start: `${soon}T17:30:00Z`, timezone: ZONE });

  it("becomes the first of a series by an edit, which one undo takes back", async () => {
    const { calls } = desk({ series_begin: () => changed, change_undo: () => null });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog(alone);
    await screen.findByRole("dialog");
    expect(screen.queryByTestId("begins-series")).toBeNull();
    await user.click(screen.getByTestId("repeats-weekly"));
    expect(await screen.findByTestId("begins-series")).toHaveTextContent("becomes the first of the series");
    await waitFor(() => expect(calls("series_begin").at(-1)).toMatchObject({ sessionId: alone.id, dryRun: true }));
    expect(await screen.findByTestId("begins-summary")).toHaveTextContent(/^Changes 1 class, cancels 1 class/);
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("save-session"));
    await waitFor(() => expect(calls("series_begin").at(-1)).toMatchObject({ dryRun: false }));
    expect(calls("series_begin").at(-1)?.rule).toMatch(/^FREQ=WEEKLY;BYDAY=[A-Z]{2}$/);
    expect(calls("session_edit")).toEqual([]);
    await waitFor(() => expect(app.sessionDialog.open).toBe(false));
  });

  it("says why a rule does not fit its day", async () => {
    const [message, next] = ["The rule has no class on the day of this class.", "Move the class first."];
    const error = { code: "invalid_input", message, next, fields: [{ field: "rrule", message, next }] };
    desk({ series_begin: () => Promise.reject(error) });
    const user = userEvent.setup();
    render(SessionDialog);
    app.openSessionDialog(alone);
    await screen.findByRole("dialog");
    await user.click(screen.getByTestId("repeats-weekly"));
    expect(await screen.findByText(`${message} ${next}`)).toBeVisible();
  });
});

describe("holidays", () => {
  const holiday = {
    id: "h1",
    first: "2026-12-24",
    last: "2027-01-01",
    reason: "Christmas holidays",
    series: null,
    left_out: [],
  };

  it("say what they leave out before they are added, and are removed again", async () => {
    const rows = [{ id: "a", title: "Judo", local: `${soon}T18:30`, cancelled: true }];
    const { calls } = shell({
      holidays_list: () => [holiday],
      holiday_add: () => ({ holiday, sessions: rows, change: "entry-1" }),
      holiday_remove: () => ({ holiday, sessions: rows, change: "entry-2" }),
    });
    const user = userEvent.setup();
    render(HolidaysDialog, { open: true });
    expect(await screen.findByText("Thu 24 Dec 2026 – Fri 1 Jan 2027")).toBeVisible();
    expect(screen.getByTestId("add-holiday")).toBeDisabled();
    await user.type(screen.getByTestId("holiday-from"), soon);
    await user.type(screen.getByTestId("holiday-to"), addDays(soon, 3));
    await user.type(screen.getByTestId("holiday-reason"), "Exam");
    expect(await screen.findByText("Leaves out 1 class:")).toBeVisible();
    expect(screen.getByTestId("holiday-preview")).toHaveTextContent(shownDay(soon));
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(screen.getByTestId("add-holiday"));
    await waitFor(() =>
      expect(calls("holiday_add").at(-1)).toEqual({
        first: soon,
        last: addDays(soon, 3),
        reason: "Exam",
        ofSession: null,
        dryRun: false,
      }),
    );
    await user.click(screen.getByRole("button", { name: "Remove Christmas holidays" }));
    await waitFor(() => expect(calls("holiday_remove")).toEqual([{ holidayId: "h1", dryRun: false }]));
  });

  it("keep the focus while they are removed: on the next one, and at last on the first day of a new one", async () => {
    let left = [holiday, { ...holiday, id: "h2", reason: "Easter" }];
    shell({
      holidays_list: () => left,
      holiday_remove: ({ holidayId }) => {
        left = left.filter(({ id }) => id !== holidayId);
        return { holiday, sessions: [], change: "entry" };
      },
    });
    const user = userEvent.setup();
    render(HolidaysDialog, { open: true });
    const easter = await screen.findByRole("button", { name: "Remove Easter" });
    screen.getByRole("button", { name: "Remove Christmas holidays" }).focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(easter).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.getByTestId("holiday-from")).toHaveFocus());
  });
});
