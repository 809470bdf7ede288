import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { SessionDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { schedulePosition } from "../../state/schedule/position.svelte";
import { barriers } from "../../test/axe";
import Schedule from "./Schedule.svelte";
import { entry, recording, session, shell } from "../../test/schedule";

const HOSTILE = `<img src=x onerror="alert(1)"> ${"very ".repeat(20)}long`;

const monday = session({ title: "Kids class", start: "2026-11-23T16:00:00Z", status: "ended", recording_id: "good" });
const failed = session({ title: "Sparring", start: "2026-11-24T18:00:00Z", status: "ended", recording_id: "bad" });
const live = session({ title: "Karate", start: "2026-11-25T17:00:00Z", status: "live" });
const next = session({ title: "Aikido", start: "2026-11-25T19:00:00Z" });

function desk(sessions: SessionDto[], over: Parameters<typeof shell>[0] = {}) {
  return shell({
    calendar_entries: () => sessions.map((one) => entry(one)),
    live_list: () => sessions.filter((one) => one.status === "live").map((one) => ({ session: one, people: 23 })),
    holidays_list: () => [],
    recordings_get: ({ ids }) =>
      (ids as string[]).map((id) => recording({ id, status: id === "bad" ? "FAILED" : "READY" })),
    ...over,
  });
}

const event = (name: string) => screen.findByRole("button", { name: new RegExp(`^${name}, `) });

/** Renders the view within a <main>, as in the app. */
function show() {
  const target = document.body.appendChild(document.createElement("main"));
  const context = new Map<symbol, unknown>([startingState.context(), schedulePosition.context()]);
  return render(Schedule, { target, context });
}

beforeEach(() => {
  localStorage.clear();
  app.now = new Date("2026-11-25T17:20:30Z");
  app.view = "schedule";
  app.closeSessionDialog();
});

describe("the week", () => {
  it("shows each session with its state, and has no barriers", async () => {
    desk([monday, failed, live, next]);
    show();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toMatch(/^23\s?–\s?29 November$/);
    expect(await screen.findByRole("button", { name: /^Kids class, Monday.*Ready$/ })).toHaveClass("ready");
    expect(await screen.findByRole("button", { name: /^Sparring, Tuesday.*Recording failed$/ })).toHaveClass("fail");
    expect(await screen.findByRole("button", { name: /^Karate, Wednesday.*Live, 23 people$/ })).toHaveClass("live");
    expect(await screen.findByRole("button", { name: /^Aikido, Wednesday.*Scheduled$/ })).toHaveClass("info");
    expect(screen.getByTestId("now-line")).toBeInTheDocument();
    expect(await barriers()).toEqual([]);
  });

  it("fetches the week on show, and “Today” returns to the present week", async () => {
    const { calls } = desk([next]);
    const user = userEvent.setup();
    show();
    await user.click(screen.getByTestId("next-week"));
    expect(screen.getByRole("heading", { level: 1 }).textContent).toMatch(/^30 November\s?–\s?6 December$/);
    expect(screen.queryByTestId("now-line")).toBeNull();
    await waitFor(() => expect(calls("calendar_entries").at(-1)?.toDay).toBe("2026-12-06"));
    await user.click(screen.getByTestId("this-week"));
    await waitFor(() => expect(calls("calendar_entries").at(-1)?.toDay).toBe("2026-11-29"));
  });

  it("shows HTML in a title as text, and in full in its tooltip", async () => {
    desk([session({ title: HOSTILE, start: "2026-11-25T10:00:00Z" })]);
    const { container } = show();
    const button = await screen.findByTestId("schedule-event");
    expect(button.textContent).toContain(HOSTILE);
    expect(button.title).toContain(HOSTILE);
    expect(container.querySelector("img")).toBeNull();
  });

  it("is fetched again when sessions change", async () => {
    const sessions = [next];
    const { changed } = desk(sessions);
    show();
    await event("Aikido");
    sessions.push(session({ title: "Judo", start: "2026-11-26T19:00:00Z" }));
    changed("sessions");
    expect(await event("Judo")).toBeInTheDocument();
  });

  it("shows why it cannot be read, and fetches it again on demand", async () => {
    let works = false;
    desk([next], {
      calendar_entries: () =>
        works
          ? [entry(next)]
          : Promise.reject({ code: "database", message: "The schedule is locked.", next: "Try again." }),
    });
    const user = userEvent.setup();
    show();
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The schedule is locked.");
    works = true;
    await user.click(within(alert).getByRole("button"));
    expect(await event("Aikido")).toBeInTheDocument();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the keyboard", () => {
  it("moves among sessions with the arrows and opens one with Enter", async () => {
    desk([monday, live, next]);
    const user = userEvent.setup();
    show();
    (await event("Kids class")).focus();
    await user.keyboard("{ArrowRight}");
    expect(await event("Karate")).toHaveFocus();
    await user.keyboard("{ArrowDown}");
    expect(await event("Aikido")).toHaveFocus();
    expect(screen.getAllByTestId("schedule-event").filter((button) => button.tabIndex === 0)).toEqual([
      await event("Aikido"),
    ]);
    await user.keyboard("{Enter}");
    expect(await screen.findByRole("dialog", { name: "Aikido" })).toBeVisible();
  });

  it("moves the empty slot, and Enter opens the form at its time", async () => {
    desk([]);
    const user = userEvent.setup();
    show();
    const button = await screen.findByTestId("empty-slot");
    button.focus();
    expect(button).toHaveAccessibleName(/Wednesday 25 November, 18:30/);
    await user.keyboard("{ArrowDown}{ArrowRight}");
    expect(button).toHaveAccessibleName(/Thursday 26 November, 19:00/);
    await user.keyboard("{Enter}");
    const slot = { day: "2026-11-26", minutes: 1140 };
    expect(app.sessionDialog).toEqual({ open: true, session: null, slot });
  });

  it("never leaves the week with the slot", async () => {
    desk([]);
    const user = userEvent.setup();
    show();
    const slot = await screen.findByTestId("empty-slot");
    slot.focus();
    await user.keyboard("{ArrowLeft>9/}{ArrowUp>60/}");
    expect(slot).toHaveAccessibleName(/Monday 23 November, 00:00/);
    await user.keyboard("{ArrowRight>9/}{ArrowDown>60/}");
    expect(slot).toHaveAccessibleName(/Sunday 29 November, 23:30/);
  });
});

describe("a session that is opened", () => {
  it("is started, and Today is shown", async () => {
    const { calls } = desk([next], {
      session_start: () => ({ session: { ...next, status: "live" }, already_live: false, opened: true }),
    });
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    const start = await screen.findByTestId("start-session");
    expect(start).toHaveAttribute("data-session-id", next.id);
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
    await user.click(start);
    await waitFor(() => expect(app.view).toBe("today"));
    expect(calls("session_start")).toEqual([{ id: next.id, early: false }]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("shows why it did not start, and the dialog stays open", async () => {
    desk([next], {
      session_start: () => Promise.reject({ code: "offline", message: "Cloudflare is out of reach.", next: "Wait." }),
    });
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    await user.click(await screen.findByTestId("start-session"));
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "Couldn't start the class: no connection. Check the network, then try again.",
    );
    expect(screen.getByTestId("start-session")).toHaveTextContent("Try again");
  });

  it("is edited in the session dialog", async () => {
    desk([next]);
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    await user.click(await screen.findByTestId("edit-session"));
    expect(app.sessionDialog).toEqual({ open: true, session: next });
  });

  it("is cancelled at once, and put back on the schedule", async () => {
    const cancelled = { ...next, status: "cancelled" as const };
    const { calls } = desk([next, { ...cancelled, id: "other", title: "Sparring later" }], {
      session_cancel: () => cancelled,
      session_restore: () => next,
    });
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    await user.click(await screen.findByTestId("cancel-session"));
    await waitFor(() => expect(calls("session_cancel")).toEqual([{ id: next.id }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByTestId("show-list"));
    await user.click(await screen.findByText("Sparring later"));
    await user.click(await screen.findByTestId("restore-session"));
    await waitFor(() => expect(calls("session_restore")).toEqual([{ id: "other" }]));
  });

  it("is copied into the form of a new one", async () => {
    desk([next]);
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    await user.click(await screen.findByTestId("duplicate-session"));
    expect(app.sessionDialog).toEqual({ open: true, session: null, like: next });
  });

  it("that ended without a recording is started again", async () => {
    const ended = { ...next, status: "ended" as const, can_start_again: true };
    const { calls } = desk([ended], {
      session_start_again: () => ({ session: { ...next, status: "live" }, already_live: false, opened: true }),
    });
    const user = userEvent.setup();
    show();
    await user.click(await event("Aikido"));
    await user.click(await screen.findByTestId("start-again"));
    await waitFor(() => expect(app.view).toBe("today"));
    expect(calls("session_start_again")).toEqual([{ id: next.id }]);
  });

  it("offers to attach a recording when it has none, or a failed one", async () => {
    const missed = session({ title: "Kobudo", start: "2026-11-24T09:00:00Z" });
    const { calls } = desk([failed, missed, monday], {
      attach_candidates: () => [],
      attach: () => ({ recording: recording({ id: "attached" }), already: false }),
    });
    const user = userEvent.setup();
    show();
    await screen.findByRole("button", { name: /^Sparring, Tuesday.*Recording failed$/ });
    await user.click(await event("Sparring"));
    expect(await screen.findByTestId("attach-recording")).toBeVisible();
    await user.keyboard("{Escape}");
    await user.click(await event("Kids class"));
    await screen.findByTestId("open-recording");
    expect(screen.queryByTestId("attach-recording")).toBeNull();
    await user.keyboard("{Escape}");
    await user.click(await event("Kobudo"));
    expect(await barriers(await screen.findByRole("dialog"))).toEqual([]);
    await user.click(await screen.findByTestId("attach-recording"));
    expect(await screen.findByTestId("attach-dialog")).toHaveTextContent("To “Kobudo”");
    await user.type(screen.getByTestId("attach-pasted"), "ea95132c15732412d22c1476fa83f27a{Enter}");
    await waitFor(() => expect([app.view, app.selectedRecording]).toEqual(["recordings", "attached"]));
    expect(calls("attach")[0]).toMatchObject({ sessionId: missed.id, recordingId: null });
  });

  it("offers no attaching before it is over, or while its recording is processed", async () => {
    const onItsWay = session({ title: "Judo", start: "2026-11-24T09:00:00Z", status: "ended", recording_id: "new" });
    desk([next, onItsWay], {
      recordings_get: () => [recording({ id: "new", status: "PROCESSING" })],
    });
    const user = userEvent.setup();
    show();
    for (const title of ["Aikido", "Judo"]) {
      await user.click(await event(title));
      await screen.findByTestId("event-details");
      expect(screen.queryByTestId("attach-recording")).toBeNull();
      await user.keyboard("{Escape}");
    }
  });

  it("opens its recording once it has ended", async () => {
    desk([failed]);
    const user = userEvent.setup();
    show();
    await user.click(await event("Sparring"));
    await user.click(await screen.findByTestId("open-recording"));
    expect([app.view, app.selectedRecording]).toEqual(["recordings", "bad"]);
  });
});

describe("the list", () => {
  it("groups the weeks by day, in order, with cancelled sessions", async () => {
    const cancelled = session({ title: "Judo", start: "2026-11-23T09:00:00Z", status: "cancelled" });
    desk([next, monday, cancelled]);
    const user = userEvent.setup();
    show();
    await user.click(screen.getByTestId("show-list"));
    const titles = (await screen.findAllByTestId("schedule-event")).map((button) => button.title);
    expect(titles).toEqual(["Judo", "Kids class", "Aikido"]);
    expect(screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent?.trim())).toEqual([
      "Monday 23 November",
      "Wednesday 25 November, today",
    ]);
    expect(screen.getByText("Cancelled")).toBeVisible();
    expect(await barriers()).toEqual([]);
  });

  it("says when its weeks are empty", async () => {
    desk([]);
    const user = userEvent.setup();
    show();
    await user.click(screen.getByTestId("show-list"));
    expect(await screen.findByText("Nothing scheduled in these weeks")).toBeVisible();
  });
});

it("New class opens the dialog", async () => {
  desk([]);
  const user = userEvent.setup();
  show();
  await user.click(screen.getByTestId("new-session"));
  expect(app.sessionDialog).toEqual({ open: true, session: null });
});
