import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CauseDto, RecordingDto, RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import Recordings from "./Recordings.svelte";
import { aFailure, aRecording, fakeShell, giveHeight, idOf, pageOf, refused } from "../../test/recordings";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

const GUESS = "Probably it ran for too short a time.";
const CAUSES: CauseDto[] = [
  {
    code: "storage_full",
    sentence: "Stream’s storage is full.",
    next: "Free storage.",
    retryable: true,
    tries_again: "every hour",
  },
  { code: "damaged", sentence: "The file is damaged.", next: "Retry.", retryable: true, tries_again: null },
];

function shellWith(all: RecordingDto[], more: Parameters<typeof fakeShell>[0] = {}) {
  return fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recording_get: ({ id }: { id: string }) => {
      const recording = all.find((row) => row.id === id);
      const likely_reason = recording?.status === "FAILED" ? GUESS : null;
      return { recording, likely_reason, events: [], links: [], coverage: null };
    },
    recording_play: () => ({
      hls_url: "https://stream.example/v.m3u8",
      poster_url: null,
      expires_at: "2099-01-01T00:00:00Z",
    }),
    failures_list: () => ({
      causes: CAUSES,
      guesses: [{ seen: "it ran for 24 hours", sentence: "Probably the limit." }],
    }),
    ...more,
  });
}

beforeEach(() => {
  giveHeight();
  app.view = "recordings";
  app.selectedRecording = idOf(1);
  toasts.done.mockReset();
  toasts.problem.mockReset();
});

describe("a failed recording", () => {
  it("shows the cause in its row and in the pane", async () => {
    const sentence = "Stream refused the recording: The moon rose.";
    const cause = { ...CAUSES[1]!, code: "import_refused", sentence: "Stream refused the recording." };
    shellWith([aFailure(1, { sentence, cause })]);
    render(Recordings);
    expect(await screen.findByTestId("recording-cause")).toHaveTextContent(sentence);
    expect(screen.getByTitle(sentence)).toBeInTheDocument();
  });

  it("shows the likely reason, marked as a guess", async () => {
    shellWith([aFailure(1)]);
    render(Recordings);
    expect(await screen.findByTestId("recording-guess")).toHaveTextContent(GUESS);
    expect(await barriers()).toEqual([]);
  });

  it("opens the recording to which an attached video went, even if it is another one of the session", async () => {
    const user = userEvent.setup();
    const all = [aFailure(1), aFailure(2)];
    const shell = shellWith(all, {
      attach_candidates: () => [],
      attach: () => {
        all[1] = aRecording(2);
        return { recording: all[1], already: false };
      },
    });
    render(Recordings);
    await user.click(await screen.findByTestId("attach-another"));
    expect(await screen.findByTestId("attach-dialog")).toHaveTextContent("To “Class 1”");
    await user.type(screen.getByTestId("attach-pasted"), "ea95132c15732412d22c1476fa83f27a{Enter}");
    await waitFor(() => expect(app.selectedRecording).toBe(idOf(2)));
    expect(shell.sent("attach")[0]).toMatchObject({ sessionId: idOf(90_001), recordingId: idOf(1) });
    expect(await screen.findByTestId("player")).toBeInTheDocument();
    expect(screen.queryByTestId("attach-another")).toBeNull();
  });

  it("opens the table of all failures with its own cause marked", async () => {
    const user = userEvent.setup();
    shellWith([aFailure(1)]);
    // Within a <main>, as in the app.
    render(Recordings, { target: document.body.appendChild(document.createElement("main")) });
    await user.click(await screen.findByTestId("explain-failures"));
    const dialog = await screen.findByRole("dialog", { name: "What can go wrong with a recording" });
    const rows = await within(dialog).findAllByTestId("failure");
    expect(rows.map((row) => row.getAttribute("aria-current"))).toEqual(["true", null]);
    expect(rows[0]).toHaveTextContent(/Free storage\.\s*every hour$/);
    expect(rows[1]).toHaveTextContent(/The file is damaged\.\s*Retry\.\s*No$/);
    expect(dialog).toHaveTextContent("If it ran for 24 hours: Probably the limit.");
    expect(await barriers(dialog)).toEqual([]);
  });

  it("offers attach, explain and copy diagnostics in the palette", async () => {
    shellWith([aFailure(1)]);
    const { unmount } = render(Recordings);
    await screen.findByTestId("attach-another");
    const titles = app.usable.map((command) => command.title);
    expect(titles).toContain("Attach another recording to this class");
    expect(titles).toContain("Copy diagnostics of this recording");
    expect(titles).toContain("Show what can go wrong with a recording");
    unmount();
    expect(app.commands).toEqual([]);
  });
});

describe("evidence", () => {
  it("is copied for a ready recording too, and the button says so", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1)], { recording_evidence: () => ({ text: "recording: 1", copied: true }) });
    render(Recordings);
    expect(screen.queryByTestId("attach-another")).toBeNull();
    await user.click(await screen.findByTestId("recording-tab-history"));
    await user.click(await screen.findByTestId("copy-evidence"));
    await waitFor(() => expect(screen.getByTestId("copy-evidence")).toHaveTextContent("Copied"));
    expect(toasts.done).not.toHaveBeenCalled();
    expect(shell.sent("recording_evidence")).toEqual([{ id: idOf(1) }]);
    expect(await barriers()).toEqual([]);
  });

  it("shows a next step when the clipboard or the request fails", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aFailure(1)], { recording_evidence: () => ({ text: "recording: 1", copied: false }) });
    render(Recordings);
    await user.click(await screen.findByTestId("copy-evidence"));
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledOnce());
    expect(toasts.problem.mock.calls[0]?.[0].next).toContain(`hajime-cli recording evidence ${idOf(1)}`);
    expect(shell.sent("recording_evidence")).toHaveLength(1);
    shellWith([aFailure(1)], { recording_evidence: refused("database", "It cannot be read.", "Try again.") });
    await user.click(screen.getByTestId("copy-evidence"));
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledTimes(2));
  });
});
