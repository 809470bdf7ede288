// Keyboard and mouse together in Recordings: what is outlined, what the pane shows and what C copies are the same recording.
import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LinkFileDto, RecordingDto, RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { detailTab } from "../../state/library/detail-tab.svelte";
import Recordings from "./Recordings.svelte";
import { aFailure, aLink, aLoss, aRecording, fakeShell, giveHeight, idOf, pageOf } from "../../test/recordings";

const toasts = vi.hoisted(() => ({
  done: vi.fn(),
  problem: vi.fn(),
  note: vi.fn(),
  undoable: vi.fn((_message: string, _description: string, _undo: () => void) => vi.fn()),
}));
vi.mock("../../state/toasts", () => toasts);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

const url = "https://customer-f33z.cloudflarestream.com/x.y.z/watch";

function shellWith(begin: RecordingDto[], more: Parameters<typeof fakeShell>[0] = {}) {
  let all = begin;
  const mark = (ids: string[], removed_at: string | null) => {
    all = all.map((row) => (ids.includes(row.id) ? { ...row, removed_at } : row));
    return all.filter((row) => ids.includes(row.id));
  };
  return fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recording_get: ({ id }: { id: string }) => ({
      recording: all.find((row) => row.id === id),
      likely_reason: null,
      events: [],
      links: [],
      coverage: null,
    }),
    recording_play: () => ({ hls_url: "https://x/y.m3u8", poster_url: null, expires_at: "2099-01-01T00:00:00Z" }),
    recordings_bin: ({ ids }: { ids: string[] }) => {
      mark(ids, "2026-12-01T10:00:00Z");
      return { changed: ids.length, unchanged: 0, refused: [], change: "change-1" };
    },
    change_undo: () => undefined,
    bin_get: () => ({ recordings: [], minutes: 0, until: null, links: 0 }),
    link_make: ({ recordingId }: { recordingId: string }) => ({
      link: aLink(1, { recording_id: recordingId }),
      url,
      copied: true,
      verified: true,
      doubt: null,
      file: null,
    }),
    ...more,
  });
}

const rows = () => screen.queryAllByTestId("recording-row");
const outlined = () => screen.getByRole("grid").getAttribute("aria-activedescendant");
const shown = () => screen.getByTestId("recording-detail").dataset.recordingId;

const hear = (event: KeyboardEvent) => app.handleKey(event);
beforeEach(() => {
  giveHeight();
  app.selectedRecording = null;
  detailTab.chosen = "overview";
  app.searchAsked = false;
  app.view = "recordings";
  Object.values(toasts).forEach((toast) => toast.mockReset());
  window.addEventListener("keydown", hear);
  return () => window.removeEventListener("keydown", hear);
});

async function openThree(more: Parameters<typeof shellWith>[1] = {}) {
  const shell = shellWith([aRecording(1), aRecording(2), aRecording(3)], more);
  render(Recordings);
  await waitFor(() => expect(rows()).toHaveLength(3));
  return { user: userEvent.setup(), shell };
}

describe("arrow keys", () => {
  it("move the cursor of the list after a click on a filter, and keep the filter", async () => {
    const { user } = await openThree();
    await user.click(screen.getByTestId("filter-ready"));
    await user.keyboard("{ArrowDown}");
    expect(outlined()).toBe(`recording-${idOf(1)}`);
    expect(screen.getByTestId("filter-ready")).toHaveAttribute("aria-pressed", "true");
    await user.click(screen.getByTestId("filter-all"));
    await user.keyboard("{ArrowDown}");
    expect(screen.getByTestId("filter-all")).toHaveAttribute("aria-pressed", "true");
  });

  it("open the recording at the cursor, which C then copies", async () => {
    const { user, shell } = await openThree();
    await user.click(rows()[0]!);
    expect(shown()).toBe(idOf(1));
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(outlined()).toBe(`recording-${idOf(3)}`);
    await waitFor(() => expect(shown()).toBe(idOf(3)));
    await user.keyboard("c");
    await waitFor(() => expect(shell.sent("link_make")).toMatchObject([{ recordingId: idOf(3) }]));
  });

  it("move the cursor of the list after a press on a button in the pane", async () => {
    const { user } = await openThree();
    await user.click(rows()[0]!);
    await user.click(await screen.findByTestId("recording-tab-history"));
    await user.click(await screen.findByTestId("copy-evidence")).catch(() => {});
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(shown()).toBe(idOf(2)));
  });

  it("are left to the search field, the choice of hours and the link", async () => {
    const { user } = await openThree();
    await user.click(rows()[0]!);
    await user.click(await screen.findByTestId("recording-tab-links"));
    await user.click(await screen.findByTestId("hours-6"));
    await user.keyboard("{ArrowUp}");
    expect(shown()).toBe(idOf(1));
    screen.getByTestId("recordings-search").focus();
    await user.keyboard("{ArrowUp}");
    expect(shown()).toBe(idOf(1));
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(shown()).toBe(idOf(2)));
  });

  it("do not load the videos of recordings they only pass", async () => {
    const { user, shell } = await openThree();
    await user.click(rows()[0]!);
    await waitFor(() => expect(shell.sent("recording_play")).toEqual([{ id: idOf(1) }]));
    await user.keyboard("{ArrowDown}{ArrowDown}");
    await waitFor(() => expect(shell.sent("recording_play")).toHaveLength(2));
    expect(shell.sent("recording_play")[1]).toEqual({ id: idOf(3) });
  });
});

describe("C", () => {
  it("asks to choose a recording when none is open", async () => {
    const { user, shell } = await openThree();
    await user.keyboard("c");
    expect(toasts.note).toHaveBeenCalledWith("Choose a recording first.", expect.stringContaining("arrow keys"));
    expect(shell.sent("link_make")).toEqual([]);
  });

  it("says that there is nothing to copy in an empty list", async () => {
    shellWith([]);
    render(Recordings);
    await screen.findByTestId("recordings-empty");
    await userEvent.keyboard("c");
    expect(toasts.note).toHaveBeenCalledWith(
      "There is no recording yet, so there is no link to copy.",
      expect.any(String),
    );
  });

  it("says why a failed recording has no link", async () => {
    shellWith([aFailure(1)]);
    app.selectedRecording = idOf(1);
    render(Recordings);
    await screen.findByTestId("recording-cause");
    await userEvent.keyboard("c");
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledOnce());
  });

  it("is confirmed by the button of the open recording, or by a toast if another one was opened", async () => {
    let answer: (value: unknown) => void = () => {};
    const { user } = await openThree({ link_make: () => new Promise((resolve) => (answer = resolve)) });
    await user.click(rows()[0]!);
    await user.keyboard("c");
    const made = { link: aLink(1), url, copied: true, verified: true, doubt: null, file: null };
    answer(made);
    await waitFor(() => expect(screen.getByTestId("copy-link")).toHaveTextContent("Link copied"));
    expect(toasts.done).not.toHaveBeenCalled();
    await user.keyboard("c");
    await user.click(rows()[1]!);
    answer(made);
    await waitFor(() => expect(toasts.done).toHaveBeenCalledExactlyOnceWith("Link copied", "Class 1"));
    expect(screen.getByTestId("copy-link")).not.toHaveTextContent("Link copied");
  });
});

describe("the file of a link", () => {
  const made = (file: LinkFileDto) => () => ({ link: aLink(1), url, copied: true, verified: true, doubt: null, file });

  it("is offered once it is ready, after the link to watch", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
    const answers: LinkFileDto[] = [
      { state: "preparing", percent: 40 },
      { state: "ready", url: `${url}.mp4`, copied: false },
    ];
    const shell = shellWith([aRecording(1)], {
      link_make: made({ state: "preparing", percent: 12 }),
      link_file: ({ copy }: { copy: boolean }) =>
        copy ? { state: "ready", url: `${url}.mp4`, copied: true } : answers.shift(),
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("recording-tab-links"));
    await user.click(await screen.findByTestId("download-toggle"));
    await user.click(screen.getByTestId("copy-link"));
    expect(await screen.findByTestId("link-url")).toHaveTextContent(url);
    expect(screen.getByTestId("link-file")).toHaveTextContent("12 %");
    await vi.advanceTimersByTimeAsync(3100);
    expect(screen.getByTestId("link-file")).toHaveTextContent("40 %");
    await vi.advanceTimersByTimeAsync(3100);
    await user.click(screen.getByTestId("copy-file-link"));
    await waitFor(() => expect(screen.getByTestId("copy-file-link")).toHaveTextContent("File link copied"));
    expect(shell.sent("link_file").at(-1)).toMatchObject({ copy: true });
    const asked = shell.sent("link_file").length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(shell.sent("link_file")).toHaveLength(asked);
    vi.useRealTimers();
  });

  it("that was refused shows the reason and can be requested again", async () => {
    const user = userEvent.setup();
    const reason = { code: "no_file" as const, message: "Stream could not make a file.", next: "Try later." };
    shellWith([aRecording(1)], {
      link_make: made({ state: "unavailable", reason }),
      link_file: () => ({ state: "ready", url: `${url}.mp4`, copied: false }),
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("copy-link"));
    expect(await screen.findByTestId("link-file")).toHaveTextContent("Stream could not make a file. Try later.");
    expect(screen.getByTestId("link-url")).toHaveTextContent(url);
    await user.click(screen.getByTestId("link-file-again"));
    expect(await screen.findByTestId("copy-file-link")).toBeVisible();
  });

  it("is no longer polled after another recording was opened", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
    const shell = shellWith([aRecording(1), aRecording(2)], { link_make: made({ state: "preparing", percent: null }) });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("copy-link"));
    await screen.findByTestId("link-file");
    await user.click(rows()[1]!);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shell.sent("link_file")).toEqual([]);
    vi.useRealTimers();
  });
});

describe("a deleted video", () => {
  it("has no Retry in its row, an explanation in its pane, and can be put in the bin with undo", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aLoss(1), aRecording(2), aFailure(3)]);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(3));
    expect(screen.getByTestId("filter-failed")).toHaveTextContent("Failed 1");
    expect(screen.getByTestId("filter-deleted")).toHaveTextContent("Deleted 1");
    expect(rows()[0]).toHaveTextContent("Deleted at Cloudflare");
    expect(rows()[0]!.querySelector("[data-testid=retry-recording]")).toBeNull();
    await user.click(rows()[0]!);
    const said = await screen.findByTestId("recording-deleted");
    expect(said).toHaveTextContent("Wed 25 Nov 2026, 10:30");
    expect(said).toHaveTextContent("Cloudflare does not say who deleted it");
    expect(screen.queryByTestId("recording-cause")).toBeNull();
    expect(screen.queryByTestId("recording-import-again")).toBeNull();
    await user.click(screen.getByTestId("recording-take-off"));
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(app.selectedRecording).toBeNull();
    expect(toasts.undoable).toHaveBeenCalledWith("In the bin", "Class 1.", expect.any(Function));
    toasts.undoable.mock.calls[0]?.[2]?.();
    await waitFor(() => expect(shell.sent("change_undo")).toHaveLength(1));
  });

  it("can be imported again while the recorded file may still exist", async () => {
    const cause = { ...aLoss(1).cause!, retryable: true };
    const shell = shellWith([aLoss(1, { cause })], { recording_retry: () => aRecording(1, { status: "PROCESSING" }) });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await userEvent.click(await screen.findByTestId("recording-import-again"));
    await waitFor(() => expect(shell.sent("recording_retry")).toEqual([{ id: idOf(1) }]));
  });

  it("has no filter while there is no deleted recording", async () => {
    await openThree();
    expect(screen.queryByTestId("filter-deleted")).toBeNull();
  });
});
