import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { ChatLineDto, HistoryDto, SessionDto, TextDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { barriers } from "../../test/axe";
import { session, storeFor, useDesk } from "../../test/desk";
import EventDialog from "../schedule/EventDialog.svelte";
import Today from "../today/Today.svelte";
import HistoryDialog from "./HistoryDialog.svelte";
import HistoryPanel from "./HistoryPanel.svelte";
import { againstPlan, extensionWords, heldWords, nextAskWords, pauseWords } from "./history-words";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();
const sessionId = storeFor("live", Date.now()).recordings.find((row) => row.status === "READY")?.session_id ?? "";

const tab = (name: RegExp) => screen.findByRole("tab", { name });
const text = (over: Partial<TextDto>): TextDto => ({
  state: "waiting",
  sentence: "RealtimeKit has no chat of this class so far. Hajime asks again.",
  source: null,
  lines: 0,
  next_ask: null,
  ...over,
});

/** The desk, with another answer about the history. */
async function deskWith(
  over: Partial<HistoryDto>,
  answers: Record<string, (args: Record<string, unknown>) => unknown>,
) {
  const known = (await useDesk("live").mock.invoke("session_history", { sessionId })) as HistoryDto;
  return useDesk("live", { session_history: () => ({ ...known, ...over }), ...answers });
}

beforeEach(() => {
  said.done.mockClear();
  app.closeHistory();
});

it("shows when the class was held, its extension, its recordings and pauses", async () => {
  useDesk("live");
  render(HistoryPanel, { sessionId });
  const held = await screen.findByTestId("history-held");
  expect(held).toHaveTextContent(/\d\d:\d\d – \d\d:\d\d, /);
  expect(screen.getByTestId("history-extensions")).toHaveTextContent(/from \d\d:\d\d to \d\d:\d\d, by R\. Alves/);
  expect(screen.getByTestId("history-class")).toHaveTextContent("4 of 5 were in the room");
  expect(screen.getAllByTestId("history-recording").length).toBeGreaterThan(0);
  expect(screen.getAllByTestId("history-pauses")[0]).toHaveTextContent(/Paused \d\d:\d\d to \d\d:\d\d/);
  expect(await barriers()).toEqual([]);
});

it("leads to every part by the arrow keys", async () => {
  useDesk("live");
  render(HistoryPanel, { sessionId });
  (await tab(/The class/)).focus();
  await user.keyboard("{ArrowRight}");
  expect(await tab(/People/)).toHaveFocus();
  const people = await screen.findByTestId("history-people");
  expect(within(people).getAllByTestId("history-person")).toHaveLength(5);
  expect(people).toHaveTextContent(/C\. Duarte.*Not to be recorded/);
  expect(people).toHaveTextContent(/D\. Szabo.*Was not seen/);
  expect(await barriers()).toEqual([]);
  await user.keyboard("{ArrowRight}");
  const chat = await screen.findByTestId("history-chat");
  expect(chat).toHaveTextContent("Which foot goes first in heian shodan?");
  expect(chat).toHaveTextContent("12:40");
  expect(await barriers()).toEqual([]);
  await user.keyboard("{ArrowRight}");
  const transcript = await screen.findByTestId("history-transcript");
  expect(transcript).toHaveTextContent("Before the recording");
  expect(screen.getByTestId("history-transcript-state")).toHaveTextContent("The captions of the video");
  expect(await barriers()).toEqual([]);
  await user.keyboard("{ArrowRight}");
  expect(await tab(/The class/)).toHaveFocus();
});

it("saves the attendance, the chat and the transcript, and says where", async () => {
  const desk = useDesk("live");
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/People/));
  await user.click(await screen.findByTestId("save-attendance"));
  await vi.waitFor(() =>
    expect(said.done).toHaveBeenCalledWith("List saved", expect.stringContaining("attendance.csv")),
  );
  await user.click(await tab(/Chat/));
  await user.click(await screen.findByTestId("save-chat"));
  await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Chat saved", expect.stringContaining("chat.csv")));
  await user.click(await tab(/Transcript/));
  await user.click(await screen.findByTestId("save-transcript"));
  await user.click(await screen.findByTestId("save-subtitles"));
  await vi.waitFor(() => expect(said.done).toHaveBeenCalledWith("Transcript saved", expect.stringContaining(".vtt")));
  expect(desk.of("session_text_save").map((call) => call.args.format)).toEqual(["csv", "txt", "vtt"]);
});

it("shows why a file was not saved", async () => {
  const denied = { code: "file" as const, message: "It may not be written.", next: "Choose another folder." };
  useDesk("live", {
    session_attendance_save: () => {
      throw denied;
    },
  });
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/People/));
  await user.click(await screen.findByTestId("save-attendance"));
  expect(await screen.findByTestId("history-save-error")).toHaveTextContent("It may not be written.");
});

it("says of each text why it is not there, and when it is asked for again", async () => {
  const next_ask = new Date(Date.now() + 60 * 60_000).toISOString();
  const lost = "The transcript of this class was not kept: it is not known why. RealtimeKit has deleted what it had.";
  await deskWith({ chat: text({ next_ask }), transcript: text({ state: "lost", sentence: lost }) }, {});
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/Chat/));
  const chat = await screen.findByTestId("history-chat-state");
  expect(chat).toHaveTextContent(/no chat of this class so far.*Hajime asks Cloudflare again at \d\d:\d\d/);
  expect(screen.queryByTestId("save-chat")).toBeNull();
  await user.click(await tab(/Transcript/));
  expect(await screen.findByTestId("history-transcript-state")).toHaveTextContent(lost);
  expect(screen.queryByTestId("save-transcript")).toBeNull();
  expect(await barriers()).toEqual([]);
});

it("shows a long chat a page at a time", async () => {
  const page = (from: number): ChatLineDto[] =>
    Array.from({ length: Math.min(500, 700 - from) }, (_, index) => ({
      at: null,
      place: null,
      name: "A".repeat(90),
      text: `line ${from + index}`,
    }));
  const desk = await deskWith(
    { chat: text({ state: "there", lines: 700, source: "realtimekit" }) },
    { session_chat: ({ from }) => page(from as number) },
  );
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/Chat/));
  expect(await screen.findByText("line 499")).toBeInTheDocument();
  await user.click(await screen.findByRole("button", { name: "Show 200 more" }));
  expect(await screen.findByText("line 699")).toBeInTheDocument();
  expect(screen.queryByTestId("history-chat-more")).toBeNull();
  expect(screen.getByText("line 500").closest("li")).toHaveFocus();
  expect(desk.of("session_chat").map((call) => call.args.from)).toEqual([0, 500]);
  expect(screen.queryByTestId("history-chat-all")).toBeNull();
});

it("shows a very long chat as a whole when asked", async () => {
  const page = (from: number): ChatLineDto[] =>
    Array.from({ length: Math.min(500, 1_700 - from) }, (_, index) => ({
      at: null,
      place: null,
      name: "Ada",
      text: `line ${from + index}`,
    }));
  await deskWith(
    { chat: text({ state: "there", lines: 1_700, source: "realtimekit" }) },
    { session_chat: ({ from }) => page(from as number) },
  );
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/Chat/));
  await user.click(await screen.findByRole("button", { name: "Show all 1,700" }));
  expect(await screen.findByText("line 1699")).toBeInTheDocument();
  await vi.waitFor(() => expect(screen.getByText("line 500").closest("li")).toHaveFocus());
  expect(screen.queryByTestId("history-chat-more")).toBeNull();
});

it("shows the first hundred people, and all when asked", async () => {
  const person = { role: "participant" as const, joined_at: null, left_at: null, present_minutes: 0 };
  const people = Array.from({ length: 130 }, (_, n) => ({
    ...person,
    name: `Guest ${n}`,
    consent: "unknown" as const,
  }));
  await deskWith({ people }, {});
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/People/));
  expect(await screen.findAllByTestId("history-person")).toHaveLength(100);
  await user.click(screen.getByRole("button", { name: "Show all 130" }));
  expect(screen.getAllByTestId("history-person")).toHaveLength(130);
});

it("says what is missing where Cloudflare was not heard, and offers to ask again where nothing is known", async () => {
  const offline = {
    code: "offline" as const,
    message: "Cloudflare cannot be reached.",
    next: "Check the network.",
    fields: [],
  };
  const seen = { joined_at: new Date().toISOString(), left_at: null, present_minutes: 4, consent: "unknown" as const };
  const people = [
    { ...seen, name: "R. Alves", role: "host" as const },
    { ...seen, name: "B. Okoye", role: "participant" as const },
  ];
  await deskWith({ people_incomplete: offline, people }, {});
  const listed = render(HistoryPanel, { sessionId });
  await user.click(await tab(/People/));
  const [host, guest] = await screen.findAllByTestId("history-person");
  expect(host).not.toHaveTextContent("recording");
  expect(guest).toHaveTextContent("Answer about recording not known");
  listed.unmount();
  await deskWith({ people_incomplete: offline, people: [] }, {});
  const { unmount } = render(HistoryPanel, { sessionId });
  await user.click(await tab(/People/));
  expect(await screen.findByTestId("history-people-incomplete")).toHaveTextContent("Cloudflare cannot be reached.");
  expect(screen.getByTestId("history-nobody")).toBeVisible();
  unmount();
  useDesk("live", {
    session_history: () => {
      throw offline;
    },
  });
  render(HistoryPanel, { sessionId });
  expect(await screen.findByTestId("history-error")).toHaveTextContent("Cloudflare cannot be reached.");
});

it("shows a class that was not held without times and without a list to save", async () => {
  useDesk("live");
  const planned = storeFor("live", Date.now()).sessions.find(({ status }) => status === "scheduled");
  render(HistoryPanel, { sessionId: planned?.id ?? "" });
  expect(await screen.findByTestId("history-held")).toHaveTextContent("The room was not opened");
  await user.click(await tab(/People/));
  expect(await screen.findByTestId("history-people")).toHaveTextContent(/D\. Szabo.*Was not seen/);
  expect(screen.queryByTestId("save-attendance")).toBeNull();
  await user.click(await tab(/Chat/));
  expect(await screen.findByTestId("history-chat-state")).toHaveTextContent("The chat is kept after the class.");
});

it("offers no subtitles where the times are not places in the video", async () => {
  await deskWith(
    { transcript: text({ state: "there", lines: 1, source: "realtimekit" }) },
    { session_transcript: () => ({ lines: [{ start: 5, name: "Ada", text: "Hajime!" }], in_video: false }) },
  );
  render(HistoryPanel, { sessionId });
  await user.click(await tab(/Transcript/));
  expect(await screen.findByTestId("history-transcript-elsewhere")).toBeVisible();
  expect(screen.getByTestId("save-transcript")).toBeVisible();
  expect(screen.queryByTestId("save-subtitles")).toBeNull();
});

it("opens as a dialog with the title of the class, and leads to the recording", async () => {
  useDesk("live");
  const went = vi.spyOn(app, "go").mockImplementation(() => undefined);
  render(HistoryDialog);
  app.openHistory({ id: sessionId, title: "空手 Long title ".repeat(12) });
  const dialog = await screen.findByTestId("history-dialog");
  expect(dialog).toHaveTextContent("What became of the class");
  expect(dialog).toHaveTextContent("空手 Long title");
  await user.click((await screen.findAllByTestId("history-open-recording"))[0] as HTMLElement);
  expect(app.historyOf).toBeNull();
  expect(went).toHaveBeenCalledWith("recordings", { recordingId: expect.any(String) });
  went.mockRestore();
});

it("is reached from a past class on the calendar", async () => {
  useDesk("live");
  const past = session(9, Date.now() - 3_600_000, { status: "ended", ended_at: new Date().toISOString() });
  const onclose = vi.fn();
  const badge = { words: "Ended", tone: "plain" as const };
  const props = { session: past, badge, recording: undefined, onclose, onattach: vi.fn() };
  render(EventDialog, { props, context: new Map([startingState.context()]) });
  await user.click(await screen.findByTestId("open-history"));
  expect(onclose).toHaveBeenCalled();
  expect(app.historyOf?.id).toBe(past.id);
});

it("is reached from a past class on Today", async () => {
  const past = session(9, Date.now() - 1_000, { status: "ended", ended_at: new Date().toISOString(), title: "Judo" });
  useDesk("empty", { sessions_list: () => [past] });
  render(Today, { context: new Map([startingState.context()]) });
  const row = await screen.findByTestId("day-row");
  await user.click(within(row).getByRole("button", { name: "Judo" }));
  expect(app.historyOf?.id).toBe(past.id);
});

it("says times and moves in words", () => {
  const planned = { end: "2026-03-20T19:00:00Z" } as SessionDto;
  expect(againstPlan(planned, "2026-03-20T19:00:20Z")).toBe("on time");
  expect(againstPlan(planned, "2026-03-20T19:12:00Z")).toBe("12 min after the planned end");
  expect(againstPlan(planned, "2026-03-20T18:30:00Z")).toBe("30 min before the planned end");
  const known = { opened_at: "2026-03-20T18:00:00Z", ended_at: null } as HistoryDto;
  expect(heldWords(known)).toMatch(/^Since \d\d:\d\d$/);
  expect(heldWords({ ...known, opened_at: null })).toBe("The room was not opened");
  expect(pauseWords({ from: "2026-03-20T18:00:00Z", to: null })).toMatch(/^since \d\d:\d\d$/);
  const move = { at: planned.end, from: planned.end, to: planned.end, actor: "unknown" };
  expect(extensionWords(move)).not.toContain("by");
  expect(nextAskWords(text({ next_ask: planned.end }), new Date("2026-03-20T19:00:01Z"))).toContain("in a moment");
  expect(nextAskWords(text({}), new Date())).toBe("");
});
