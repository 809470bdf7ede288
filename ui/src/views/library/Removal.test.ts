import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { BulkDto, RecordingDto, RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import RemovalDialog from "./RemovalDialog.svelte";
import Recordings from "./Recordings.svelte";
import {
  aLoss,
  aRecording,
  fakeShell,
  giveHeight,
  missingOf,
  held,
  idOf,
  pageOf,
  refused,
} from "../../test/recordings";

const toasts = vi.hoisted(() => ({
  done: vi.fn(),
  problem: vi.fn(),
  undoable: vi.fn((_message: string, _description: string, _undo: () => void) => vi.fn()),
}));
vi.mock("../../state/toasts", () => toasts);

const HOSTILE = `<img src=x onerror="window.__hit=1"> ${"very long ".repeat(20)}`;

const bulk = (changed: number) => ({ changed, unchanged: 0, refused: [], change: changed > 0 ? "change-1" : null });
/** What the page sends for these recordings. */
const sentFor = (...ids: string[]) => ({ ids, matching: null, except: [] });

/** A shell that puts recordings in the bin and takes them out. */
function shellWith(begin: RecordingDto[], more: Parameters<typeof fakeShell>[0] = {}) {
  let all = begin;
  const mark = (ids: string[], removed_at: string | null) => {
    all = all.map((row) => (ids.includes(row.id) ? { ...row, removed_at } : row));
  };
  const shell = fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recordings_missing: () => missingOf(all),
    recordings_bin: ({ ids }: { ids: string[] }) => {
      mark(ids, "2026-12-01T10:00:00Z");
      return bulk(ids.length);
    },
    recordings_restore: ({ ids }: { ids: string[] }) => {
      mark(ids, null);
      shell.changed("recordings");
      return bulk(ids.length);
    },
    change_undo: () => {
      mark(
        all.map((row) => row.id),
        null,
      );
      shell.changed("recordings");
    },
    bin_get: () => ({ recordings: [], minutes: 0, until: null, links: 0 }),
    recording_get: ({ id }: { id: string }) => ({
      recording: all.find((row) => row.id === id),
      likely_reason: null,
      events: [],
      links: [],
      coverage: null,
    }),
    ...more,
  });
  return shell;
}

const line = () => screen.queryByTestId("recordings-missing");
const rows = () => screen.queryAllByTestId("recording-row").map((row) => row.dataset.recordingId);
const offered = () => screen.queryAllByTestId("removal-recording");
const box = (n: number) => within(offered()[n]!).getByRole("checkbox");

async function review(user: ReturnType<typeof userEvent.setup>) {
  await user.click(await screen.findByTestId("review-missing"));
  return screen.findByTestId("removal-dialog");
}

beforeEach(() => {
  giveHeight();
  app.selectedRecording = null;
  app.view = "recordings";
  Object.values(toasts).forEach((toast) => toast.mockReset());
});

describe("recordings that are missing at Cloudflare", () => {
  it("are not mentioned when there are none", async () => {
    shellWith([aRecording(1)]);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(line()).toBeNull();
  });

  it("are all listed first, and the keyboard alone removes only the ticked ones", async () => {
    const user = userEvent.setup();
    const all = [aRecording(1), aLoss(2, { title: HOSTILE, links_made: 2 }), aLoss(3), aLoss(4, { links_made: 1 })];
    const shell = shellWith(all);
    render(Recordings);
    await waitFor(() => expect(line()).toHaveTextContent("3 recordings were deleted or have expired at Cloudflare."));
    screen.getByTestId("review-missing").focus();
    await user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Deleted or expired at Cloudflare" });
    await waitFor(() => expect(offered()).toHaveLength(3));
    expect(shell.sent("recordings_bin")).toEqual([]);
    const first = offered()[0]!;
    expect(first).toHaveTextContent("<img src=x");
    expect(first).toHaveTextContent("Fri 20 Nov 2026");
    expect(first).toHaveTextContent("R. Alves");
    expect(first).toHaveTextContent("The video was deleted from Stream.");
    expect(first).toHaveTextContent("2 share links were made; they no longer work.");
    expect(offered()[1]).not.toHaveTextContent("share link");
    expect(offered()[2]).toHaveTextContent("One share link was made; it no longer works.");
    for (const n of [0, 1, 2]) expect(box(n)).toBeChecked();
    expect(within(dialog).getByRole("status")).toHaveTextContent("3 of 3 ticked");
    box(1).focus();
    await user.keyboard(" ");
    expect(box(1)).not.toBeChecked();
    expect(within(dialog).getByRole("status")).toHaveTextContent("2 of 3 ticked");
    screen.getByTestId("removal-remove").focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByTestId("removal-dialog")).toBeNull());
    expect(shell.sent("recordings_bin")).toEqual([sentFor(idOf(2), idOf(4))]);
    await waitFor(() => expect(rows()).toEqual([idOf(1), idOf(3)]));
    expect(line()).toHaveTextContent("1 recording was deleted or has expired at Cloudflare.");
    expect(toasts.undoable).toHaveBeenCalledWith("In the bin", "2 recordings.", expect.any(Function));

    toasts.undoable.mock.calls[0]?.[2]?.();
    await waitFor(() => expect(rows()).toHaveLength(4));
    expect(shell.sent("change_undo")).toHaveLength(1);
  });

  it("stay when the dialog is closed, and are all ticked when it is opened again", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aLoss(1), aLoss(2)]);
    render(Recordings);
    await review(user);
    await waitFor(() => expect(offered()).toHaveLength(2));
    await user.click(screen.getByTestId("removal-all"));
    expect(box(0)).not.toBeChecked();
    expect(screen.getByTestId("removal-remove")).toBeDisabled();
    await user.click(screen.getByTestId("removal-all"));
    await user.click(box(1));
    expect(screen.getByTestId<HTMLInputElement>("removal-all").indeterminate).toBe(true);
    await user.click(screen.getByTestId("removal-keep"));
    await waitFor(() => expect(screen.queryByTestId("removal-dialog")).toBeNull());
    await review(user);
    await waitFor(() => expect(offered()).toHaveLength(2));
    expect(box(1)).toBeChecked();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("removal-dialog")).toBeNull());
    expect(shell.sent("recordings_bin")).toEqual([]);
    expect(rows()).toHaveLength(2);
  });

  it("are removed by one request although the button is pressed twice, and the focus moves to the list", async () => {
    const user = userEvent.setup();
    const slow = held<BulkDto>();
    let taken = false;
    const shell = shellWith([aRecording(1), aLoss(2)], {
      recordings_list: ({ query }: { query: RecordingsQuery }) =>
        pageOf(taken ? [aRecording(1)] : [aRecording(1), aLoss(2)], query),
      recordings_bin: () => slow.promise,
    });
    render(Recordings);
    await review(user);
    const button = screen.getByTestId("removal-remove");
    await waitFor(() => expect(button).toBeEnabled());
    await user.dblClick(button);
    expect(button).toHaveTextContent("Putting in the bin…");
    taken = true;
    slow.answer(bulk(1));
    await waitFor(() => expect(line()).toBeNull());
    expect(shell.sent("recordings_bin")).toHaveLength(1);
    expect(toasts.undoable).toHaveBeenCalledWith("In the bin", "Class 2.", expect.any(Function));
    await waitFor(() => expect(screen.getByRole("grid")).toHaveFocus());
  });

  it("are drawn only in view when there are many, and all ticked ones are removed", async () => {
    const user = userEvent.setup();
    const shell = shellWith(Array.from({ length: 10_000 }, (_, n) => aLoss(n + 1)));
    render(RemovalDialog, { open: true, onremoved: vi.fn() });
    await waitFor(() => expect(offered().length).toBeGreaterThan(3));
    expect(offered().length).toBeLessThan(40);
    await user.click(box(1));
    await user.click(screen.getByTestId("removal-remove"));
    await waitFor(() => expect(shell.sent("recordings_bin")).toHaveLength(1));
    const { ids } = shell.sent("recordings_bin")[0] as { ids: string[] };
    expect(ids).toHaveLength(9_999);
    expect(ids).not.toContain(idOf(2));
  });

  it("stay when one returned to Cloudflare meanwhile, and the list is fetched again", async () => {
    const user = userEvent.setup();
    let now = [aLoss(1), aLoss(2)];
    shellWith([aLoss(1), aLoss(2)], {
      recordings_missing: () => now,
      recordings_bin: () => {
        now = [aLoss(1)];
        refused("conflict", "“Class 2” is not missing at Cloudflare: Ready to watch.", "Look at the list again.")();
      },
    });
    render(Recordings);
    await review(user);
    await waitFor(() => expect(offered()).toHaveLength(2));
    await user.click(screen.getByTestId("removal-remove"));
    expect(await screen.findByTestId("removal-refusal")).toHaveTextContent("“Class 2” is not missing at Cloudflare");
    await waitFor(() => expect(offered()).toHaveLength(1));
    expect(toasts.undoable).not.toHaveBeenCalled();
    expect(rows()).toHaveLength(2);
  });

  it.each([
    ["closed", async () => userEvent.keyboard("{Escape}")],
    ["unmounted with its view", async (unmount: () => void) => unmount()],
  ])("stay when the core refuses, which a toast reports after the dialog was %s", async (_how, leave) => {
    const user = userEvent.setup();
    const slow = held<BulkDto>();
    shellWith([aLoss(1), aLoss(2)], { recordings_bin: () => slow.promise });
    const { unmount } = render(RemovalDialog, { open: true, onremoved: vi.fn() });
    await waitFor(() => expect(offered()).toHaveLength(2));
    await user.click(screen.getByTestId("removal-remove"));
    await leave(unmount);
    await waitFor(() => expect(screen.queryByTestId("removal-dialog")).toBeNull());
    const refusal = { code: "offline", message: "Cloudflare cannot be reached.", next: "Check the network." };
    slow.refuse(refusal);
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledExactlyOnceWith(refusal));
  });

  it("are in a dialog without barriers for screen readers", async () => {
    shellWith([aLoss(1, { links_made: 3 }), aLoss(2)]);
    render(RemovalDialog, { open: true, onremoved: vi.fn() });
    await waitFor(() => expect(offered()).toHaveLength(2));
    expect(await barriers()).toEqual([]);
  });

  it("show why they cannot be read", async () => {
    const user = userEvent.setup();
    shellWith([aLoss(1)], { recordings_missing: refused("database", "The database cannot be read.", "Try again.") });
    render(Recordings);
    await review(user);
    expect(await screen.findByTestId("removal-error")).toHaveTextContent("The database cannot be read.");
    expect(screen.getByTestId("removal-remove")).toBeDisabled();
  });

  it("can be put back from the pane of an open one", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aLoss(2, { removed_at: "2026-12-01T10:00:00Z" })]);
    app.selectedRecording = idOf(2);
    render(Recordings);
    expect(await screen.findByTestId("recording-removed")).toHaveTextContent("In the bin since Tue 1 Dec 2026");
    expect(await barriers()).toEqual([]);
    expect(rows()).toEqual([idOf(1)]);
    await user.click(screen.getByTestId("recording-put-back"));
    await waitFor(() => expect(screen.queryByTestId("recording-removed")).toBeNull());
    expect(shell.sent("recordings_restore")).toEqual([{ ids: [idOf(2)] }]);
    await waitFor(() => expect(rows()).toHaveLength(2));
  });
});
