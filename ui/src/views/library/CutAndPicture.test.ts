import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordingDto, RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aRecording, fakeShell, giveHeight, idOf, pageOf } from "../../test/recordings";
import Recordings from "./Recordings.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), note: vi.fn(), undoable: vi.fn(() => () => {}) }));
vi.mock("../../state/toasts", () => toasts);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

function open(all: RecordingDto[], shown: number) {
  let chosen = 0;
  const shell = fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recordings_counts: () => ({
      total: all.length,
      status: { all: all.length, ready: all.length, processing: 0, failed: 0, deleted: 0 },
      flags: [],
      places: [],
      instructors: [],
      tags: [],
    }),
    library_views: () => [],
    recording_pictures: ({ ids }: { ids: string[] }) =>
      ids.map((id) => ({
        recording_id: id,
        url: `https://stream.example/${id}.jpg?at=${chosen}`,
        expires_at: "2099-01-01T00:00:00Z",
      })),
    recording_get: ({ id }: { id: string }) => ({
      recording: all.find((row) => row.id === id),
      likely_reason: null,
      events: [],
      links: [],
      coverage: null,
      storage_cost: { minutes: 60, words: "$0.30 a month to store" },
    }),
    recording_play: () => ({ hls_url: "/v/m.m3u8", poster_url: null, expires_at: "2099-01-01T00:00:00Z" }),
    recording_clip_plan: () => ({ last_second: 3612, from_second: 0, to_second: 3612, reasons: [], strip: [] }),
    recording_choose_picture: ({ second }: { second: number }) => {
      const before = chosen;
      chosen = second;
      return { second, before };
    },
  });
  app.selectedRecording = idOf(shown);
  render(Recordings);
  return shell;
}

beforeEach(() => {
  giveHeight();
  localStorage.clear();
  app.view = "recordings";
  Object.values(toasts).forEach((toast) => toast.mockClear());
});

describe("the open recording", () => {
  it("says what it costs, and a part of another one leads to the whole", async () => {
    const user = userEvent.setup();
    const clip = aRecording(2, { title: "Class 1 (cut)", clip: { of: idOf(1), from_second: 245, to_second: 3600 } });
    open([aRecording(1), clip], 2);
    expect(await screen.findByTestId("recording-cost")).toHaveTextContent("$0.30 a month to store (60 minutes)");
    expect(screen.getByText(/4:05 to 1:00:00 of/u)).toBeVisible();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("clip-whole"));
    await waitFor(() => expect(app.selectedRecording).toBe(idOf(1)));
  });

  it("is cut from its menu, and the focus comes back to the menu", async () => {
    const user = userEvent.setup();
    open([aRecording(1)], 1);
    const menu = await screen.findByTestId("recording-menu");
    menu.focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.getByTestId("recording-cut")).toHaveAttribute("data-highlighted"));
    await user.keyboard("{Enter}");
    const dialog = await screen.findByTestId("clip-dialog");
    await waitFor(() => expect(dialog).toContainElement(document.activeElement as HTMLElement));
    await screen.findByTestId("clip-from");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("clip-dialog")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("recording-menu")).toHaveFocus());
  });

  it("takes the picture that is on show, and gives back the one before it", async () => {
    const user = userEvent.setup();
    const shell = open([aRecording(1)], 1);
    const video = await screen.findByTestId<HTMLVideoElement>("player");
    await waitFor(() => expect(document.querySelector('img[src$="?at=0"]')).not.toBeNull());
    video.currentTime = 90.7;
    await fireEvent.timeUpdate(video);
    await user.click(await screen.findByTestId("player-use-picture"));
    await waitFor(() => expect(document.querySelector('img[src$="?at=90"]')).not.toBeNull());
    expect(shell.sent("recording_choose_picture")).toEqual([{ recording: idOf(1), second: 90 }]);
    const [message, words, undo] = toasts.undoable.mock.calls[0] as unknown as [string, string, () => void];
    expect([message, words]).toEqual(["Picture chosen", "The one at 1:30."]);
    undo();
    await waitFor(() => expect(shell.sent("recording_choose_picture")).toHaveLength(2));
    expect(shell.sent("recording_choose_picture")[1]).toEqual({ recording: idOf(1), second: 0 });
    expect(toasts.undoable).toHaveBeenCalledOnce();
  });
});
