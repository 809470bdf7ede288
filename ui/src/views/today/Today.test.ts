import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveDto, RecordingsQuery } from "../../ipc/bindings";
import { recording, session, storeFor } from "../../ipc/mock-data";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import TodayView from "./Today.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();

function liveWith(more: Partial<LiveDto>): LiveDto {
  const live = storeFor("live", Date.now()).live[0];
  if (!live) throw new Error("the live scenario has a live session");
  return { ...live, ...more };
}

beforeEach(() => {
  said.done.mockClear();
  said.problem.mockClear();
  app.view = "today";
  app.now = new Date();
  app.selectedRecording = null;
  app.closeSessionDialog();
});

describe("the live card", () => {
  it("says how long, who is there, that it is recorded, and how many invitations there are", async () => {
    useDesk("live");
    await app.desk.refresh();
    render(TodayView);
    const card = await screen.findByTestId("live-card");
    expect(within(card).getByTestId("live-timer")).toHaveTextContent(/^42:1\d$/);
    expect(card).toHaveTextContent(/of 60 min · ends \d\d:\d\d/);
    expect(within(card).getByTestId("live-people")).toHaveTextContent("23 / 50");
    expect(within(card).getByTestId("live-proof")).toHaveAttribute("data-state", "recording");
    expect(within(card).getByTestId("live-proof-sentence")).toHaveTextContent("Cloudflare confirmed");
    expect(within(card).getByTestId("live-quality")).toHaveTextContent("1080p");
    expect(card).toHaveTextContent("24 of 50 invitations made");
    expect(card).toHaveTextContent("Links open on this computer only.");
    expect(await barriers()).toEqual([]);
  });

  it("says that ending waits for the network, and that the press stands", async () => {
    const offline = { code: "offline", message: "Cloudflare cannot be reached.", next: "Check the network." };
    const live = liveWith({ error: offline });
    useDesk("live", { live_list: () => [{ ...live, session: { ...live.session, status: "ending" } }] });
    render(TodayView);
    const card = await screen.findByTestId("live-card");
    expect(within(card).getByTestId("end-session")).toHaveTextContent("Ends once the network is back");
  });

  it("pauses with P and resumes with P", async () => {
    const desk = useDesk("live");
    render(TodayView);
    await screen.findByTestId("pause-recording");
    window.addEventListener("keydown", (event) => app.handleKey(event), { once: true });
    await user.keyboard("p");
    await user.click(await screen.findByTestId("resume-recording"));
    await screen.findByTestId("pause-recording");
    expect(desk.of("recording_pause")).toHaveLength(1);
    expect(desk.of("recording_resume")).toHaveLength(1);
  });

  it("takes an end that Cloudflare did not confirm for what it is: noted", async () => {
    const offline = { code: "offline", message: "Cloudflare cannot be reached.", next: "Check the network." };
    useDesk("live", {
      session_end: () => ({ session: liveWith({}).session, already_ended: false, recording: null, waits_for: offline }),
    });
    render(TodayView);
    await user.click(await screen.findByTestId("end-session"));
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledOnce());
    expect(said.done.mock.calls[0]?.join(" ")).toMatch(/ends by itself.*Nothing needs to be pressed again/);
    expect(said.problem).not.toHaveBeenCalled();
  });

  it("asks before it sends people out, and ends on Enter", async () => {
    const desk = useDesk("live");
    render(TodayView);
    await user.click(await screen.findByTestId("end-session"));
    const question = await screen.findByRole("alertdialog");
    expect(question).toHaveTextContent("23 people are in the room");
    expect(desk.of("session_end")).toHaveLength(0);
    await vi.waitFor(() => expect(screen.getByTestId("confirm-end")).toHaveFocus());
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(screen.queryByTestId("live-card")).toBeNull());
    expect(desk.of("session_end")).toHaveLength(1);
    expect(said.done).toHaveBeenCalledWith("Session ended", "Its recording is on its way.");
  });

  it("ends an empty room at once, by Ctrl Shift E", async () => {
    const empty = liveWith({ people: 0, recording: null });
    const desk = useDesk("live", {
      live_list: () => [empty],
      session_end: () => ({ session: empty.session, already_ended: false, recording: null, waits_for: null }),
    });
    render(TodayView);
    await screen.findByTestId("live-card");
    window.addEventListener("keydown", (event) => app.handleKey(event), { once: true });
    document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key: "E", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true }),
    );
    await vi.waitFor(() => expect(desk.of("session_end")).toHaveLength(1));
    expect(screen.queryByRole("alertdialog")).toBeNull();
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Session ended", "No recording was found."));
  });

  it.each([
    ["FAILED", false, "Session ended", "Its recording failed: Recordings says why."],
    [null, true, "The session had already ended", undefined],
  ])("says what became of a recording that is %s", async (recording, already_ended, message, description) => {
    const empty = liveWith({ people: 0, recording: null });
    useDesk("live", {
      live_list: () => [empty],
      session_end: () => ({ session: empty.session, already_ended, recording, waits_for: null }),
    });
    render(TodayView);
    await user.click(await screen.findByTestId("end-session"));
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith(message, description));
  });

  it("copies an invitation and says how many are left, also when there are none", async () => {
    useDesk("live");
    render(TodayView);
    await user.click(await screen.findByTestId("copy-invite"));
    await vi.waitFor(() =>
      expect(said.done).toHaveBeenCalledWith("Invitation copied", "25 of 50 made. It opens on this computer only."),
    );
    expect(await screen.findByText("25 of 50 invitations made")).toBeVisible();
  });

  it("offers no invitation when all are made", async () => {
    useDesk("live", { live_list: () => [liveWith({ invites_made: 50 })] });
    render(TodayView);
    expect(await screen.findByTestId("copy-invite")).toBeDisabled();
  });

  it("is loud when people are there and nothing is recorded, and offers to record again", async () => {
    useDesk("failures");
    render(TodayView);
    expect(await screen.findByTestId("live-proof")).toHaveAttribute("data-state", "alarm");
    const sentence = screen.getByTestId("live-proof-sentence");
    expect(sentence).toHaveAttribute("role", "alert");
    expect(screen.getByTestId("error-note")).toHaveTextContent("Cloudflare refused to start the recording.");
    await user.click(screen.getByTestId("resume-recording"));
    await vi.waitFor(() => expect(screen.getByTestId("live-proof")).toHaveAttribute("data-state", "recording"));
    expect(await barriers()).toEqual([]);
  });

  it("says why a step failed and can be tried again", async () => {
    useDesk("offline");
    render(TodayView);
    await user.click(await screen.findByTestId("pause-recording"));
    await vi.waitFor(() => expect(said.problem).toHaveBeenCalledWith(expect.objectContaining({ code: "offline" })));
    expect(screen.getByTestId("pause-recording")).not.toHaveAttribute("aria-busy");
  });

  it("takes a step once, however often it is pressed", async () => {
    let answer: (value: unknown) => void = () => {};
    const desk = useDesk("live", { session_invite: () => new Promise((resolve) => (answer = resolve)) });
    render(TodayView);
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
  it("starts a session, which is then the live one", async () => {
    const desk = useDesk("many");
    render(TodayView);
    const rows = await screen.findAllByTestId("next-session");
    expect(rows[0]).toHaveTextContent("Aikido — ukemi");
    const button = within(rows[0] as HTMLElement).getByTestId("start-session");
    const id = button.dataset.sessionId;
    expect(button).toHaveAccessibleName("Start Aikido — ukemi");
    await user.click(button);
    const card = await screen.findByTestId("live-card");
    expect(card).toHaveAttribute("data-session-id", id);
    expect(within(card).getByTestId("live-proof")).toHaveAttribute("data-state", "waiting_for_people");
    expect(screen.getAllByTestId("next-session")).toHaveLength(rows.length - 1);
    expect(desk.of("session_start")).toEqual([{ command: "session_start", args: { id } }]);
  });

  it("says that a room is being opened, and lets one try again", async () => {
    const desk = useDesk("failures");
    render(TodayView);
    await screen.findByText("Kobudo");
    const row = screen.getByText("Kobudo").closest("li") as HTMLElement;
    expect(row).toHaveTextContent("Opening the room…");
    await user.click(within(row).getByRole("button", { name: "Try again to start Kobudo" }));
    await vi.waitFor(() => expect(desk.of("session_start")).toHaveLength(1));
  });

  it("says how to get in when the browser did not come up", async () => {
    const started = { session: session(2, Date.now()), already_live: false, opened: false };
    useDesk("many", { session_start: () => started });
    render(TodayView);
    await user.click((await screen.findAllByTestId("start-session"))[0] as HTMLElement);
    await vi.waitFor(() =>
      expect(said.problem).toHaveBeenCalledWith(
        expect.objectContaining({ next: "Press Rejoin room on the Today page." }),
      ),
    );
  });

  it("edits, and cancels only after asking", async () => {
    const desk = useDesk("many");
    render(TodayView);
    await user.click((await screen.findAllByTestId("edit-session"))[0] as HTMLElement);
    expect(app.sessionDialog).toMatchObject({ open: true, session: { title: "Aikido — ukemi" } });
    await user.click(screen.getAllByTestId("cancel-session")[0] as HTMLElement);
    expect(desk.of("session_cancel")).toHaveLength(0);
    await user.click(await screen.findByTestId("confirm-cancel"));
    await vi.waitFor(() => expect(screen.queryByText("Aikido — ukemi")).toBeNull());
    expect(desk.of("session_cancel")).toHaveLength(1);
  });
});

describe("recordings", () => {
  it("on their way say where they are; one that failed says why and what to do", async () => {
    useDesk("failures");
    render(TodayView);
    const section = await screen.findByTestId("on-its-way");
    const [encoding, failed] = within(section).getAllByTestId("on-its-way-item");
    expect(encoding).toHaveTextContent("Stream is encoding, 62 %.");
    expect(encoding?.querySelector("[aria-current=step]")).toHaveTextContent("Encoding");
    expect(failed).toHaveTextContent("Stream has no storage left");
    expect(failed).toHaveTextContent("then retry.");
    await user.click(within(failed as HTMLElement).getByRole("button", { name: "Open Evening sparring" }));
    expect(app.view).toBe("recordings");
    expect(app.selectedRecording).toBe(failed?.dataset.recordingId);
  });

  it("on their way say when they will be ready", async () => {
    const likely = new Date(app.now.getTime() + 20_000).toISOString();
    const waiting = recording(7, app.now.getTime(), { status: "PROCESSING", stage: "importing" });
    const rows = [{ ...waiting, expected: { likely, latest: likely } }];
    useDesk("empty", {
      recordings_list: ({ query }) => {
        const wanted = (query as RecordingsQuery).filter === "processing";
        return { rows: wanted ? rows : [], total: 1, counts: { all: 1, ready: 0, processing: 1, failed: 0 }, gone: 0 };
      },
    });
    render(TodayView);
    expect(await screen.findByTestId("ready-words")).toHaveTextContent("Ready any moment now");
    expect(await barriers()).toEqual([]);
  });

  it("that became ready today give their link", async () => {
    const desk = useDesk("live");
    render(TodayView);
    const row = (await screen.findAllByTestId("ready-item"))[0] as HTMLElement;
    await user.click(within(row).getByTestId("ready-copy-link"));
    await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Link copied", expect.stringContaining("24 h")));
    expect(desk.of("link_make")[0]?.args).toEqual({
      recordingId: row.dataset.recordingId,
      hours: 24,
      download: false,
    });
  });

  it("are fetched again when the shell says they changed", async () => {
    const desk = useDesk("live");
    const { unmount } = render(TodayView);
    await screen.findByTestId("on-its-way");
    const before = desk.of("recordings_list").length;
    desk.emit("changed", { topics: ["recordings"] });
    expect(desk.of("recordings_list").length).toBeGreaterThan(before);
    unmount();
    expect(desk.listeners()).toBe(0);
    expect(app.commands.filter((command) => command.id.startsWith("today."))).toEqual([]);
  });
});

describe("an empty day", () => {
  it("invites to schedule", async () => {
    useDesk("empty");
    render(TodayView);
    expect(await screen.findByTestId("empty")).toHaveTextContent("Nothing is planned");
    await user.click(screen.getByTestId("new-session"));
    expect(app.sessionDialog).toEqual({ open: true, session: null });
    expect(await barriers()).toEqual([]);
  });

  it("is not claimed when the list could not be fetched", async () => {
    const desk = useDesk("live", {
      sessions_list: () => {
        throw { code: "database", message: "The schedule cannot be read.", next: "Try again." };
      },
    });
    render(TodayView);
    expect(await screen.findByTestId("error-note")).toHaveTextContent("The schedule cannot be read.");
    expect(screen.queryByTestId("empty")).toBeNull();
    delete desk.answers.sessions_list;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findAllByTestId("next-session")).not.toHaveLength(0);
    expect(screen.queryByTestId("error-note")).toBeNull();
  });
});
