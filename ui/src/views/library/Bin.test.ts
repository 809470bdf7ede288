import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api, type BinDto, type RecordingDto, type RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aRecording, fakeShell, giveHeight, idOf, missingOf, pageOf } from "../../test/recordings";
import { Resource } from "../../state/async.svelte";
import Bin from "./Bin.svelte";
import Recordings from "./Recordings.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), note: vi.fn(), problem: vi.fn(), undoable: vi.fn(() => vi.fn()) }));
vi.mock("../../state/toasts", () => toasts);

/** A shell with recordings, of which some are in the bin. The third one cannot be put there. */
function shellWith(begin: RecordingDto[]) {
  let all = begin;
  const mark = (ids: string[], removed_at: string | null) => {
    all = all.map((row) => (ids.includes(row.id) ? { ...row, removed_at } : row));
  };
  const error = {
    code: "conflict",
    message: "“Class 3” was not put in the bin.",
    next: "Wait until it can be watched.",
  };
  const shell = fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recordings_missing: () => missingOf(all),
    recordings_bin: ({ ids }: { ids: string[] }) => {
      const possible = ids.filter((id) => id !== idOf(3));
      mark(possible, "2026-12-01T10:00:00Z");
      shell.changed("recordings");
      const refused = ids.filter((id) => id === idOf(3)).map((id) => ({ id, title: "Class 3", error }));
      return { changed: possible.length, unchanged: 0, refused, change: "change-1" };
    },
    recordings_restore: ({ ids }: { ids: string[] }) => {
      mark(ids, null);
      return { changed: ids.length, unchanged: 0, refused: [], change: "change-2" };
    },
    recording_delete: ({ id }: { id: string }) => {
      all = all.filter((row) => row.id !== id);
      return { outcome: "deleted", why: null };
    },
    bin_get: () => {
      const rows = all.filter((row) => row.removed_at !== null);
      return {
        recordings: rows.map((recording) => ({
          recording,
          deleted_on: "2099-01-01T03:00:00Z",
          told: true,
          deleting: false,
          file_until: recording.id === idOf(2) ? "2099-01-01T03:00:00Z" : null,
          links: 1,
        })),
        minutes: rows.length * 60,
        until: rows.length > 0 ? "2099-01-01T03:00:00Z" : null,
        links: rows.length,
      };
    },
    bin_stop_links: ({ ids }: { ids: string[] }) => ({ stopped: ids, refused: [] }),
  });
  return shell;
}

const binned = (n: number) => aRecording(n, { removed_at: "2026-12-01T10:00:00Z" });

describe("the bin", () => {
  beforeEach(() => {
    vi.clearAllMocks();
    app.selectedRecording = null;
    giveHeight();
  });

  it("says until when its minutes count, and has no barriers for screen readers", async () => {
    const user = userEvent.setup();
    shellWith([aRecording(1), binned(2), binned(4)]);
    render(Recordings);
    await user.click(await screen.findByTestId("filter-bin"));
    expect(await screen.findByTestId("bin-counted")).toHaveTextContent(
      "120 minutes still counted until Thu 1 Jan 2099",
    );
    expect(screen.getAllByTestId("bin-row")).toHaveLength(2);
    expect(screen.getByTestId("filter-bin")).toHaveAttribute("aria-pressed", "true");
    expect(await barriers()).toEqual([]);
  });

  it("gives a recording back, and the focus stays in it", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), binned(2)]);
    render(Recordings);
    await user.click(await screen.findByTestId("filter-bin"));
    await user.click(await screen.findByTestId("bin-restore"));
    expect(await screen.findByTestId("bin-empty")).toBeVisible();
    expect(shell.sent("recordings_restore")).toEqual([{ ids: [idOf(2)] }]);
    expect(screen.getByTestId("bin")).toHaveFocus();
  });

  it("deletes for good only after the title was typed", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), binned(2)]);
    render(Recordings);
    await user.click(await screen.findByTestId("filter-bin"));
    await user.click(await screen.findByTestId("bin-delete"));
    const dialog = await screen.findByTestId("bin-delete-dialog");
    expect(within(dialog).getByTestId("bin-delete-confirm")).toBeDisabled();
    expect(within(dialog).getByTestId("bin-delete-file")).toHaveTextContent(
      "A desk that is set up before then imports it again.",
    );
    await user.type(screen.getByTestId("bin-delete-title"), "Class 2");
    await user.click(screen.getByTestId("bin-delete-confirm"));
    await waitFor(() => expect(shell.sent("recording_delete")).toEqual([{ id: idOf(2), typed: "Class 2" }]));
    expect(await screen.findByTestId("bin-empty")).toBeVisible();
  });

  it("asks for the title in a dialog without barriers for screen readers", async () => {
    const user = userEvent.setup();
    shellWith([binned(2)]);
    const bin = new Resource<BinDto>(() => api.binGet());
    render(Bin, { bin, now: new Date("2026-12-02T10:00:00Z"), onopen: vi.fn() });
    await user.click(await screen.findByTestId("bin-delete"));
    await screen.findByTestId("bin-delete-dialog");
    expect(await barriers()).toEqual([]);
  });

  it("stops the links of what is in it at once", async () => {
    const user = userEvent.setup();
    const shell = shellWith([binned(2), binned(4)]);
    render(Recordings);
    await user.click(await screen.findByTestId("filter-bin"));
    await user.click(await screen.findByTestId("bin-stop-links"));
    await waitFor(() => expect(shell.sent("bin_stop_links")).toEqual([{ ids: [idOf(2), idOf(4)], withOthers: false }]));
  });

  it("has keys of its own: nothing of the list behind it is shared or put in the bin, and a search leaves it", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), binned(2)]);
    render(Recordings);
    await user.keyboard("{Control>}");
    await user.click(await screen.findByTestId("recording-row"));
    await user.keyboard("{/Control}");
    await screen.findByTestId("bulk-bin");
    await user.click(screen.getByTestId("filter-bin"));
    await screen.findByTestId("bin-row");
    await user.keyboard("{Delete}");
    expect(shell.sent("recordings_bin")).toEqual([]);
    await user.type(screen.getByTestId("recordings-search"), "Class");
    expect(await screen.findByTestId("recording-row")).toBeVisible();
    expect(screen.queryByTestId("bin")).toBeNull();
    expect(screen.queryByTestId("bulk-bin")).toBeNull();
  });

  it("takes the selected recordings with one undo, and lists those that it cannot take", async () => {
    const user = userEvent.setup();
    shellWith([aRecording(1), aRecording(2), aRecording(3)]);
    render(Recordings);
    const rows = await screen.findAllByTestId("recording-row");
    await user.keyboard("{Control>}");
    for (const row of rows) await user.click(row);
    await user.keyboard("{/Control}");
    await user.click(await screen.findByTestId("bulk-bin"));
    expect(await screen.findByTestId("bulk-refused-list")).toHaveTextContent("Class 3");
    expect(toasts.undoable).toHaveBeenCalledWith(
      "In the bin",
      "2 recordings. 1 could not be changed.",
      expect.any(Function),
    );
    await waitFor(() => expect(screen.getByTestId("filter-bin")).toHaveTextContent("Bin 2"));
  });
});
