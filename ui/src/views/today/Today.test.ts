import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { barriers } from "../../test/axe";
import { recording, session, storeFor, useDesk } from "../../test/desk";
import EarlyStart from "../recorder/EarlyStart.svelte";
import TodayView from "./Today.svelte";

const said = vi.hoisted(() => ({
  done: vi.fn(),
  problem: vi.fn(),
  undoable: vi.fn(() => () => undefined),
  note: vi.fn(),
}));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();
let context = new Map([startingState.context()]);

function liveWith(more: Partial<LiveDto>): LiveDto {
  const live = storeFor("live", Date.now()).live[0];
  if (!live) throw new Error("the live scenario has a live session");
  return { ...live, ...more };
}

beforeEach(() => {
  said.done.mockClear();
  said.problem.mockClear();
  said.undoable.mockClear();
  app.view = "today";
  context = new Map([startingState.context()]);
  app.now = new Date();
  app.selectedRecording = null;
  app.closeSessionDialog();
});

describe("the live card", () => {
  it("shows the timer, the people, the proof of recording and the invitations", async () => {
    useDesk("live");
    await app.desk.refresh();
    render(TodayView, { context });
    const card = await screen.findByTestId("live-card");
    // The session of the scenario began 42 minutes and some seconds ago; drawing it may take seconds.
    expect(within(card).getByTestId("live-timer")).toHaveTextContent(/^42:[1-5]\d$/);
    expect(within(card).getByTestId("live-left")).toHaveTextContent(/^17:\d\d$/);
    expect(card).toHaveTextContent(/ends \d\d:\d\d/);
    expect(within(card).getByTestId("live-people")).toHaveTextContent("23");
    expect(card).toHaveTextContent("In the room, of 50");
    expect(within(card).getByTestId("live-seen")).toHaveTextContent(/^seen [4-9] s ago$/);
    expect(within(card).getByTestId("live-proof")).toHaveAttribute("data-state", "recording");
    expect(within(card).getByTestId("live-proof-sentence")).toHaveTextContent("Cloudflare confirmed");
    expect(within(card).getByTestId("live-quality")).toHaveTextContent("1080p");
    expect(card).toHaveTextContent("24 of 50 invitations made");
    expect(card).toHaveTextContent("Links open on this computer only.");
    expect(await barriers()).toEqual([]);
  });

  it("says that the session ends once the network is back", async () => {
    const offline = { code: "offline" as const, message: "Cloudflare cannot be reached.", next: "Check the network." };
    const live = liveWith({ error: offline });
    useDesk("live", { live_list: () => [{ ...live, session: { ...live.session, status: "ending" } }] });
    render(TodayView, { context });
    const card = await screen.findByTestId("live-card");
    expect(within(card).getByTestId("end-session")).toHaveTextContent("Ends once the network is back");
  });

  it("asks before P pauses the recording, and resumes with P at once", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    await screen.findByTestId("pause-recording");
    const hear = (event: KeyboardEvent) => app.handleKey(event);
    window.addEventListener("keydown", hear);
    await user.keyboard("p");
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("will not be in the video");
    await user.keyboard("{Escape}");
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(desk.of("recording_pause")).toHaveLength(0);
    await user.keyboard("p");
    await screen.findByRole("alertdialog");
    await user.keyboard("{Enter}");
    await screen.findByTestId("resume-recording");
    expect(desk.of("recording_pause")).toHaveLength(1);
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    await user.keyboard("p");
    await screen.findByTestId("pause-recording");
    expect(desk.of("recording_resume")).toHaveLength(1);
    window.removeEventListener("keydown", hear);
  });

  it("says why P does nothing while no class is live", async () => {
    useDesk("empty");
    render(TodayView, { context });
    await screen.findByTestId("view-today");
    const hear = (event: KeyboardEvent) => app.handleKey(event);
    window.addEventListener("keydown", hear);
    await user.keyboard("p");
    expect(said.note).toHaveBeenCalledWith("No class is live.", "Start one first.");
    window.removeEventListener("keydown", hear);
  });

  it("reports an end that Cloudflare did not confirm as pending", async () => {
    const offline = { code: "offline" as const, message: "Cloudflare cannot be reached.", next: "Check the network." };
    useDesk("live", {
      session_end: () => ({ session: liveWith({}).session, already_ended: false, recording: null, waits_for: offline }),
    });
    render(TodayView, { context });
    await user.click(await screen.findByTestId("end-session"));
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledOnce());
    expect(said.done.mock.calls[0]?.join(" ")).toMatch(/will end by itself.*do not have to press/);
    expect(said.problem).not.toHaveBeenCalled();
  });

  it("asks before it disconnects people, and ends on Enter", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    await user.click(await screen.findByTestId("end-session"));
    const question = await screen.findByRole("alertdialog");
    expect(question).toHaveTextContent("23 people will be disconnected.");
    expect(desk.of("session_end")).toHaveLength(0);
    await vi.waitFor(() => expect(screen.getByTestId("confirm-end")).toHaveFocus());
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(screen.queryByTestId("live-card")).toBeNull());
    expect(desk.of("session_end")).toHaveLength(1);
    expect(said.done).toHaveBeenCalledWith("Class ended", "Its recording is being processed.");
  });

  it("asks before it ends a room whose count of nobody is old", async () => {
    const checked = new Date(Date.now() - 20_000).toISOString();
    const desk = useDesk("live", { live_list: () => [liveWith({ people: 0, people_checked_at: checked })] });
    render(TodayView, { context });
    await user.click(await screen.findByTestId("end-session"));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("Somebody may have come in since.");
    expect(desk.of("session_end")).toHaveLength(0);
  });

  it("says in the question before the end that the number of people is not known", async () => {
    useDesk("live", { live_list: () => [liveWith({ people: null, people_checked_at: null })] });
    render(TodayView, { context });
    await user.click(await screen.findByTestId("end-session"));
    const question = await screen.findByRole("alertdialog");
    expect(question).toHaveTextContent(
      "Hajime does not know right now how many people are in the room. All of them will be disconnected.",
    );
    expect(question).not.toHaveTextContent("Nobody is in the room");
  });

  it("ends an empty room by Ctrl Shift E without a question, and offers to start again", async () => {
    const empty = liveWith({ people: 0, recording: null });
    const ended = { ...empty.session, can_start_again: true };
    const desk = useDesk("live", {
      live_list: () => [empty],
      session_end: () => ({ session: ended, already_ended: false, recording: null, waits_for: null }),
      session_start_again: () => ({ session: empty.session, already_live: false, opened: true }),
    });
    render(TodayView, { context });
    await screen.findByTestId("live-card");
    window.addEventListener("keydown", (event) => app.handleKey(event), { once: true });
    document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key: "E", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true }),
    );
    await vi.waitFor(() => expect(said.undoable).toHaveBeenCalledOnce());
    const [message, words, again, label] = said.undoable.mock.calls[0] as unknown as [
      string,
      string,
      () => void,
      string,
    ];
    expect([message, words, label]).toEqual(["Class ended", "No recording was found.", "Start again"]);
    again();
    await vi.waitFor(() =>
      expect(desk.of("session_start_again")).toEqual([
        { command: "session_start_again", args: { id: empty.session.id } },
      ]),
    );
  });

  it.each([
    ["FAILED", false, "Class ended", "Its recording failed. The Recordings page says why."],
    [null, true, "The class had already ended", undefined],
  ])(
    "reports the outcome of a recording with the status %s",
    async (recording, already_ended, message, description) => {
      const empty = liveWith({ people: 0, recording: null });
      useDesk("live", {
        live_list: () => [empty],
        session_end: () => ({ session: empty.session, already_ended, recording, waits_for: null }),
      });
      render(TodayView, { context });
      await user.click(await screen.findByTestId("end-session"));
      await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith(message, description));
    },
  );

  it("copies an invitation and shows how many were made", async () => {
    useDesk("live");
    render(TodayView, { context });
    await user.click(await screen.findByTestId("copy-invite"));
    await vi.waitFor(() =>
      expect(said.done).toHaveBeenCalledWith("Invitation copied", "25 of 50 made. It opens on this computer only."),
    );
    expect(await screen.findByText("25 of 50 invitations made")).toBeVisible();
  });

  it("offers no invitation when all were made", async () => {
    useDesk("live", { live_list: () => [liveWith({ invites_made: 50 })] });
    render(TodayView, { context });
    expect(await screen.findByTestId("copy-invite")).toBeDisabled();
  });

  it("raises the alarm when people are there and nothing is recorded, and offers to record again", async () => {
    useDesk("failures");
    render(TodayView, { context });
    expect(await screen.findByTestId("live-proof")).toHaveAttribute("data-state", "alarm");
    const sentence = screen.getByTestId("live-proof-sentence");
    expect(sentence).toHaveAttribute("role", "alert");
    expect(screen.getByTestId("error-note")).toHaveTextContent("Cloudflare refused to start the recording.");
    // “Record again” is the only big and filled button.
    expect(screen.getByTestId("resume-recording")).toHaveClass("big", "primary");
    expect(screen.getByTestId("end-session")).not.toHaveClass("big");
    expect(screen.getByTestId("end-session")).not.toHaveClass("live");
    await user.click(screen.getByTestId("resume-recording"));
    await vi.waitFor(() => expect(screen.getByTestId("live-proof")).toHaveAttribute("data-state", "recording"));
    expect(await barriers()).toEqual([]);
  });

  it("reports a failed step as a toast and is no longer busy", async () => {
    useDesk("offline");
    render(TodayView, { context });
    await user.click(await screen.findByTestId("pause-recording"));
    await vi.waitFor(() => expect(said.problem).toHaveBeenCalledWith(expect.objectContaining({ code: "offline" })));
    expect(screen.getByTestId("pause-recording")).not.toHaveAttribute("aria-busy");
  });

  it("runs a step once although its button is pressed twice", async () => {
    let answer: (value: unknown) => void = () => {};
    const desk = useDesk("live", { session_invite: () => new Promise((resolve) => (answer = resolve)) });
    render(TodayView, { context });
    const button = await screen.findByTestId("copy-invite");
    await user.click(button);
    await user.click(button);
    expect(button).toHaveTextContent("Making one…");
    expect(desk.of("session_invite")).toHaveLength(1);
    answer({ made: 25, max: 50, copied: false, local_only: false });
    await vi.waitFor(() => expect(said.problem).toHaveBeenCalledTimes(1));
  });
});

describe("what comes next", () => {
  it("starts a session, which then has the live card", async () => {
    const desk = useDesk("many");
    render(TodayView, { context });
    const rows = await screen.findAllByTestId("next-session");
    expect(rows[0]).toHaveTextContent("Aikido — ukemi");
    const button = within(rows[0] as HTMLElement).getByTestId("start-session");
    const id = button.dataset.sessionId;
    expect(button).toHaveAccessibleName(/^Start class/);
    expect(button).toHaveAccessibleDescription("Aikido — ukemi");
    await user.click(button);
    const card = await screen.findByTestId("live-card");
    expect(card).toHaveAttribute("data-session-id", id);
    expect(within(card).getByTestId("live-proof")).toHaveAttribute("data-state", "waiting_for_people");
    expect(screen.getAllByTestId("next-session")).toHaveLength(rows.length - 1);
    expect(desk.of("session_start")).toEqual([{ command: "session_start", args: { id, early: false } }]);
  });

  it("shows a half started session, and lets a person try again", async () => {
    const desk = useDesk("failures");
    render(TodayView, { context });
    const title = await screen.findByRole("heading", { name: "Kobudo" });
    const row = title.closest<HTMLElement>("[data-testid=next-session]") as HTMLElement;
    expect(row).toHaveTextContent("Opening the room…");
    await user.click(within(row).getByRole("button", { name: "Try again to start Kobudo" }));
    await vi.waitFor(() => expect(desk.of("session_start")).toHaveLength(1));
  });

  it("says how to join when the browser did not open", async () => {
    const started = { session: session(2, Date.now()), already_live: false, opened: false };
    useDesk("many", { session_start: () => started });
    render(TodayView, { context });
    await user.click((await screen.findAllByTestId("start-session"))[0] as HTMLElement);
    await vi.waitFor(() =>
      expect(said.problem).toHaveBeenCalledWith(
        expect.objectContaining({ next: "Press Rejoin room on the Today page." }),
      ),
    );
  });

  it("asks before it starts a session of tomorrow, and starts it after a yes", async () => {
    const tomorrow = session(2, Date.now() + 26 * 3_600_000, { title: "Judo" });
    const desk = useDesk("empty", {
      sessions_list: () => [tomorrow],
      session_start: () => ({ session: tomorrow, already_live: false, opened: true }),
    });
    render(TodayView, { context });
    render(EarlyStart, { context });
    await user.click(await screen.findByTestId("start-session"));
    const question = await screen.findByRole("alertdialog", { name: "Start “Judo” now?" });
    expect(question).toHaveTextContent(/It is planned for .* at \d\d:\d\d, in 1 day\./);
    await user.click(screen.getByTestId("confirm-early-cancel"));
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    await vi.waitFor(() => expect(screen.getByTestId("start-session")).not.toHaveAttribute("aria-busy"));
    expect(desk.of("session_start")).toEqual([]);
    await user.click(screen.getByTestId("start-session"));
    await user.click(await screen.findByTestId("confirm-early"));
    await vi.waitFor(() => expect(desk.of("session_start")).toHaveLength(1));
    expect(desk.of("session_start")[0]?.args).toEqual({ id: tomorrow.id, early: true });
  });

  it("asks when the core refuses a start as too early", async () => {
    const soon = session(2, Date.now() + 30 * 60_000, { title: "Judo" });
    const desk = useDesk("empty", {
      sessions_list: () => [soon],
      session_start: ({ early }) => {
        if (!early) throw { code: "too_early", message: "“Judo” is planned for later.", next: "Confirm it." };
        return { session: soon, already_live: false, opened: true };
      },
    });
    render(TodayView, { context });
    render(EarlyStart, { context });
    await user.click(await screen.findByTestId("start-session"));
    await user.click(await screen.findByTestId("confirm-early"));
    await vi.waitFor(() => expect(desk.of("session_start").map((call) => call.args.early)).toEqual([false, true]));
  });

  it("keeps a failed start on its row, with the cause and “Try again”", async () => {
    const soon = session(2, Date.now() + 5 * 60_000, { title: "Judo" });
    const offline = {
      code: "offline" as const,
      message: "api.cloudflare.com cannot be reached.",
      next: "Check the network.",
    };
    const desk = useDesk("empty", {
      sessions_list: () => [soon, session(3, Date.now() + 3_600_000, { title: "Aikido" })],
      session_start: () => {
        throw offline;
      },
    });
    const { unmount } = render(TodayView, { context });
    await user.click((await screen.findAllByTestId("start-session"))[0] as HTMLElement);
    const [row, other] = screen.getAllByTestId("next-session") as [HTMLElement, HTMLElement];
    const note = await within(row).findByTestId("start-failure");
    expect(note).toHaveTextContent("Couldn't start the class: no connection.");
    expect(note).toHaveTextContent("Check the network, then try again.");
    expect(within(other).queryByTestId("start-failure")).toBeNull();
    expect(said.problem).not.toHaveBeenCalled();
    // The failure is still shown after another view was open.
    unmount();
    render(TodayView, { context });
    await screen.findByTestId("start-failure");
    expect(await barriers()).toEqual([]);
    desk.answers.session_start = () => ({ session: soon, already_live: false, opened: true });
    await user.click(within(screen.getByTestId("start-failure")).getByRole("button", { name: "Try again" }));
    await vi.waitFor(() => expect(screen.queryByTestId("start-failure")).toBeNull());
    expect(desk.of("session_start")).toHaveLength(2);
  });

  it("opens the form of a session, and cancels a session so that it can be undone", async () => {
    const desk = useDesk("many");
    render(TodayView, { context });
    await user.click((await screen.findAllByTestId("edit-session"))[0] as HTMLElement);
    expect(app.sessionDialog).toMatchObject({ open: true, session: { title: "Aikido — ukemi" } });
    await user.click(screen.getAllByTestId("cancel-session")[0] as HTMLElement);
    await vi.waitFor(() => expect(screen.queryByRole("heading", { name: "Aikido — ukemi" })).toBeNull());
    expect(desk.of("session_cancel")).toHaveLength(1);
    const [message, words, undo] = said.undoable.mock.calls[0] as unknown as [string, string, () => void];
    expect(message).toBe("“Aikido — ukemi” is cancelled");
    expect(words).toContain("It stays in the list of the schedule, marked as cancelled.");
    undo();
    expect(await screen.findByRole("heading", { name: "Aikido — ukemi" })).toBeVisible();
    expect(desk.of("session_restore")).toHaveLength(1);
  });
});

describe("a zone that the web view does not know", () => {
  it("keeps the session at its place in the list, with its time in UTC", async () => {
    const start =
      Date.parse("2026-11-22T22:30:00Z") > Date.now() ? Date.parse("2026-11-22T22:30:00Z") : Date.now() + 60_000;
    useDesk("empty", {
      sessions_list: () => [
        session(2, start, { title: "Judo", timezone: "America/Nowhere" }),
        session(3, start + 60_000, { title: "Aikido" }),
      ],
    });
    render(TodayView, { context });
    const rows = await screen.findAllByTestId("next-session");
    expect(rows.map((row) => within(row).getByRole("heading").textContent)).toEqual(["Judo", "Aikido"]);
    expect(rows[0]).toHaveTextContent(/\d\d:\d\d – \d\d:\d\d · \d\d:\d\d UTC, planned in America\/Nowhere/);
    expect(screen.queryByTestId("broken")).toBeNull();
  });
});

describe("a row that cannot be shown", () => {
  it("is replaced by a notice, and the others are shown", async () => {
    const silence = vi.spyOn(console, "error").mockImplementation(() => {});
    useDesk("empty", {
      sessions_list: () => [
        session(2, Date.now() + 60_000, { title: "Judo" }),
        { ...session(3, Date.now() + 120_000, { title: "Aikido" }), timezone: null },
      ],
    });
    render(TodayView, { context });
    const [good, bad] = (await screen.findAllByTestId("next-session")) as [HTMLElement, HTMLElement];
    expect(good).toHaveTextContent("Judo");
    expect(within(bad).getByTestId("broken")).toHaveTextContent("“Aikido” cannot be shown here.");
    expect(within(good).getByTestId("start-session")).toBeVisible();
    silence.mockRestore();
  });
});

describe("recordings", () => {
  it("that are processed show their step", async () => {
    useDesk("failures");
    render(TodayView, { context });
    const section = await screen.findByTestId("on-its-way");
    const items = within(section).getAllByTestId("on-its-way-item");
    expect(items).toHaveLength(1);
    expect(items[0]).toHaveTextContent("Stream is encoding, 62 %.");
    expect(items[0]?.querySelector("[aria-current=step]")).toHaveTextContent("Encoding");
  });

  it("that failed have one row for each cause, below the next sessions", async () => {
    const desk = useDesk("failures");
    render(TodayView, { context });
    const section = await screen.findByTestId("needs-attention");
    const [full, expired] = within(section).getAllByTestId("failure-group") as [HTMLElement, HTMLElement];
    expect(full).toHaveTextContent("“Evening sparring”: Stream has no storage left");
    expect(full).toHaveTextContent("then retry.");
    expect(full).toHaveTextContent("Hajime tries again by itself in 12 min.");
    expect(within(expired).queryByTestId("retry-all")).toBeNull();
    expect(screen.getAllByTestId("next-session")[0]?.compareDocumentPosition(section)).toBe(4);
    await user.click(within(full).getByTestId("failure-open"));
    expect(app.view).toBe("recordings");
    expect(app.selectedRecording).not.toBeNull();
    await user.click(within(full).getByTestId("retry-all"));
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Retrying 1 recording", undefined));
    expect(desk.of("failures_retry")).toEqual([{ command: "failures_retry", args: { cause: "storage_full" } }]);
    expect(await barriers()).toEqual([]);
  });

  it("in a backlog of hundreds are cut to short lists with counts", async () => {
    const desk = useDesk("backlog");
    render(TodayView, { context });
    const section = await screen.findByTestId("on-its-way");
    expect(within(section).getAllByTestId("on-its-way-item")).toHaveLength(5);
    expect(within(section).getByTestId("on-its-way-more")).toHaveTextContent("and 285 more → Recordings");
    expect(screen.getAllByTestId("next-session")).toHaveLength(6);
    expect(screen.getByTestId("next-more")).toHaveTextContent(/and \d+ more → Schedule/);
    const groups = screen.getAllByTestId("failure-group");
    expect(groups).toHaveLength(1);
    expect(groups[0]).toHaveTextContent("6 recordings: Stream’s storage is full.");
    expect(groups[0]).toHaveTextContent("and 3 more.");
    await user.click(within(groups[0] as HTMLElement).getByTestId("retry-all"));
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Retrying 6 recordings", undefined));
    expect(screen.queryByTestId("failure-group")).toBeNull();
    await user.click(within(section).getByRole("button", { name: /more → Recordings/ }));
    expect(app.view).toBe("recordings");
    expect(desk.of("recordings_list")).toEqual([]);
  });

  it("that were planned but not made offer to start the session again", async () => {
    const desk = useDesk("backlog");
    render(TodayView, { context });
    const row = await screen.findByTestId("unrecorded");
    expect(row).toHaveTextContent("Judo open mat");
    expect(row).toHaveTextContent(/Ended today at \d\d:\d\d without a recording|Ended yesterday/);
    await user.click(within(row).getByRole("button", { name: "Start Judo open mat again" }));
    expect(await screen.findByTestId("live-card")).toHaveTextContent("Judo open mat");
    expect(desk.of("session_start_again")).toHaveLength(1);
  });

  it("that are processed show their forecast", async () => {
    const likely = new Date(app.now.getTime() + 20_000).toISOString();
    const waiting = recording(7, app.now.getTime(), { status: "PROCESSING", stage: "importing" });
    const rows = [{ ...waiting, expected: { likely, latest: likely } }];
    const none = { failures: [], ready: [], ready_total: 0, unrecorded: [] };
    useDesk("empty", { today: () => ({ ...none, on_its_way: rows, on_its_way_total: 1 }) });
    render(TodayView, { context });
    expect(await screen.findByTestId("ready-words")).toHaveTextContent("Ready any moment now");
    expect(screen.queryByTestId("on-its-way-more")).toBeNull();
    expect(await barriers()).toEqual([]);
  });

  it("that became ready today have a button to copy a link", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    const row = (await screen.findAllByTestId("ready-item"))[0] as HTMLElement;
    await user.click(within(row).getByTestId("ready-copy-link"));
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Link copied", expect.stringContaining("24 h")));
    expect(desk.of("link_make")[0]?.args).toEqual({
      recordingId: row.dataset.recordingId,
      hours: 24,
      download: false,
    });
  });

  it("that became ready today show their pictures, or the first letter of their titles", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    const rows = await screen.findAllByTestId("ready-item");
    await vi.waitFor(() => expect(desk.of("recording_pictures").length).toBeGreaterThan(0));
    const asked = (desk.of("recording_pictures")[0]?.args as { ids: string[] }).ids;
    expect(asked).toEqual(rows.map((row) => row.dataset.recordingId));
    await vi.waitFor(() => {
      for (const row of rows) {
        const tile = row.querySelector(".tile");
        expect(tile?.querySelector("img") ?? tile?.textContent?.trim()).toBeTruthy();
      }
    });
    expect(await barriers()).toEqual([]);
  });

  it("are fetched again when the shell reports a change, until the view is closed", async () => {
    const desk = useDesk("live");
    const { unmount } = render(TodayView, { context });
    await screen.findByTestId("on-its-way");
    const before = desk.of("today").length;
    desk.emit("changed", { topics: ["recordings"] });
    expect(desk.of("today").length).toBeGreaterThan(before);
    unmount();
    expect(desk.listeners()).toBe(0);
    expect(app.commands.filter((command) => command.id.startsWith("today."))).toEqual([]);
  });
});

describe("an empty day", () => {
  it("offers to schedule a session", async () => {
    useDesk("empty");
    render(TodayView, { context });
    expect(await screen.findByTestId("empty")).toHaveTextContent("Nothing is planned");
    await user.click(screen.getByTestId("new-session"));
    expect(app.sessionDialog).toEqual({ open: true, session: null });
    expect(await barriers()).toEqual([]);
  });

  it("is not shown when the sessions cannot be fetched", async () => {
    const desk = useDesk("live", {
      sessions_list: () => {
        throw { code: "database", message: "The schedule cannot be read.", next: "Try again." };
      },
    });
    render(TodayView, { context });
    expect(await screen.findByTestId("error-note")).toHaveTextContent("The schedule cannot be read.");
    expect(screen.queryByTestId("empty")).toBeNull();
    delete desk.answers.sessions_list;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findAllByTestId("next-session")).not.toHaveLength(0);
    expect(screen.queryByTestId("error-note")).toBeNull();
  });
});
