import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { FacetsDto, RecordingDto, RecordingsQuery } from "../../ipc/client";
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

const facets = (more: Partial<FacetsDto> = {}): FacetsDto => ({
  total: 3,
  status: { all: 3, ready: 3, processing: 0, failed: 0, deleted: 0 },
  flags: [
    { name: "not_shared", count: 2 },
    { name: "no_captions", count: 1 },
    { name: "untagged", count: 0 },
  ],
  places: [],
  instructors: [{ name: "R. Alves", count: 3 }],
  tags: [{ name: "kihon", count: 2 }],
  ...more,
});

function shellWith(all: RecordingDto[], more: Parameters<typeof fakeShell>[0] = {}) {
  return fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recordings_counts: () => facets(),
    library_views: () => [],
    recording_pictures: () => [],
    recording_get: ({ id }: { id: string }) => ({
      recording: all.find((row) => row.id === id),
      likely_reason: null,
      events: [],
      links: [],
      coverage: null,
    }),
    recording_play: () => ({
      hls_url: "https://stream.example/v/m.m3u8",
      poster_url: null,
      expires_at: "2099-01-01T00:00:00Z",
    }),
    ...more,
  });
}

const rows = () => screen.queryAllByTestId("recording-row");
const shortcut = (event: KeyboardEvent) => app.handleKey(event);

beforeEach(() => {
  giveHeight();
  localStorage.clear();
  app.selectedRecording = null;
  app.view = "recordings";
  Object.values(toasts).forEach((toast) => toast.mockClear());
  window.addEventListener("keydown", shortcut);
  return () => window.removeEventListener("keydown", shortcut);
});

describe("the library", () => {
  it("says how many each filter leaves, asks with the chosen ones, and goes back to what was shown before", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aRecording(2)]);
    render(Recordings);
    await user.click(await screen.findByRole("button", { name: "Not shared 2" }));
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ flags: ["not_shared"] }));
    await user.click(screen.getByTestId("filters-more"));
    await user.selectOptions(await screen.findByTestId("filter-tag"), "kihon");
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ flags: ["not_shared"], tags: ["kihon"] }),
    );
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Escape}");
    history.back();
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).not.toHaveProperty("tags"));
    await user.click(screen.getByTestId("filters-clear"));
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).not.toHaveProperty("flags"));
  });

  it("finds recordings whose video is deleted before a day, once the day is written", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1)]);
    render(Recordings);
    await user.click(await screen.findByTestId("filters-more"));
    const field = await screen.findByLabelText("Video is deleted before");
    await user.type(field, "2027-03-09");
    expect(shell.sent("recordings_list").at(-1)?.query).not.toHaveProperty("expires_before");
    await user.tab();
    const before = new Date("2027-03-09T00:00").toISOString();
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ expires_before: before }));
    expect(await barriers()).toEqual([]);
    await user.clear(field);
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).not.toHaveProperty("expires_before"));
  });

  it("folds the rarer filters behind a button that says how many are chosen, by keyboard", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aRecording(2)]);
    render(Recordings);
    const button = await screen.findByRole("button", { name: "More filters" });
    expect(screen.queryByTestId("flag-untagged")).toBeNull();
    button.focus();
    await user.keyboard("{Enter}");
    const folded = await screen.findByTestId("filters-folded");
    expect(folded).toHaveAttribute("role", "dialog");
    expect(folded).toHaveAttribute("aria-label", "More filters");
    await waitFor(() => expect(folded).toContainElement(document.activeElement as HTMLElement));
    within(folded).getByTestId("flag-no_captions").focus();
    await user.keyboard(" ");
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ flags: ["no_captions"] }));
    await waitFor(() => expect(within(folded).getByTestId("filter-tag")).toHaveTextContent("kihon"));
    await user.selectOptions(within(folded).getByTestId("filter-tag"), "kihon");
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("filters-folded")).toBeNull());
    expect(button).toHaveFocus();
    expect(button).toHaveAccessibleName("More filters (2 chosen)");
    await user.click(screen.getByTestId("filters-clear"));
    await waitFor(() => expect(button).toHaveAccessibleName("More filters"));
  });

  it("sorts by a column and the other way round, and hides columns", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1)]);
    render(Recordings);
    await user.click(await screen.findByTestId("sort-title"));
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ sort: "title", ascending: true }),
    );
    await waitFor(() =>
      expect(screen.getByRole("columnheader", { name: /Class/ })).toHaveAttribute("aria-sort", "ascending"),
    );
    await user.click(screen.getByTestId("sort-title"));
    await waitFor(() => expect(shell.sent("recordings_list").at(-1)?.query).not.toHaveProperty("ascending"));
    await user.click(screen.getByText("Columns"));
    await user.click(screen.getByRole("checkbox", { name: "Size" }));
    expect(screen.getByRole("grid")).toHaveClass("no-size");
    expect(localStorage.getItem("hajime.library.hidden")).toBe('["size"]');
  });

  it("marks the words that were found and says when they were said", async () => {
    const user = userEvent.setup();
    const hits = [
      {
        place: "title",
        pieces: [
          { text: "Class ", found: false },
          { text: "1", found: true },
        ],
        at_seconds: null,
      },
      {
        place: "transcript",
        pieces: [
          { text: "now ", found: false },
          { text: "mae geri", found: true },
        ],
        at_seconds: 760,
      },
    ];
    shellWith([aRecording(1)], {
      recordings_list: ({ query }: { query: RecordingsQuery }) => ({
        ...pageOf([aRecording(1)], { ...query, search: "" }),
        hits: [hits],
        also: ["maegeri"],
        behind: 8_200,
      }),
      recordings_counts: () =>
        facets({
          places: [
            { name: "everywhere", count: 1 },
            { name: "transcript", count: 1 },
          ],
        }),
    });
    render(Recordings);
    await user.type(await screen.findByTestId("recordings-search"), "mae geri");
    const hit = await screen.findByTestId("recording-hit");
    expect(hit).toHaveTextContent("Transcript at 12:40 now mae geri");
    expect(within(hit).getByText("mae geri").tagName).toBe("MARK");
    expect(screen.getByTestId("library-also")).toHaveTextContent("Also found: “maegeri”");
    expect(screen.getByTestId("library-behind")).toHaveTextContent("Still reading 8,200 recordings");
    expect(await screen.findByTestId("place-transcript")).toHaveTextContent("Transcript 1");
    expect(await barriers()).toEqual([]);
  });

  it("tags the selected ones, lists what was refused, and tags all that match", async () => {
    const user = userEvent.setup();
    const error = { code: "invalid_input", message: "A recording would have 21 tags.", next: "Take one off first." };
    const shell = shellWith(
      [1, 2, 3].map((n) => aRecording(n)),
      {
        recordings_tag: ({ matching }: { matching: RecordingsQuery | null }) => ({
          changed: 1,
          unchanged: 0,
          refused: matching ? [] : [{ id: idOf(2), title: "Class 2", error }],
          change: "change-1",
        }),
      },
    );
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(3));
    screen.getByRole("grid").focus();
    await user.keyboard("x{Shift>}{ArrowDown}{/Shift}");
    const bar = await screen.findByTestId("bulk-bar");
    expect(bar).toHaveTextContent("2 selected");
    expect(await barriers()).toEqual([]);
    await user.keyboard("t");
    await user.type(await screen.findByTestId("tags-add"), "kihon, exam");
    await user.click(screen.getByTestId("tags-change"));
    expect(await screen.findByTestId("tag-refused")).toHaveTextContent("Class 2 A recording would have 21 tags.");
    expect(shell.sent("recordings_tag")[0]).toEqual({
      ids: [idOf(1), idOf(2)],
      matching: null,
      except: [],
      add: ["kihon", "exam"],
      remove: [],
    });
    expect(toasts.undoable).toHaveBeenCalledWith("Tags changed: 1 recording", expect.anything(), expect.anything());
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("tag-dialog")).toBeNull());
    await waitFor(() => expect(getComputedStyle(document.body).pointerEvents).not.toBe("none"));
    await user.click(within(screen.getByTestId("bulk-bar")).getByTestId("select-everything"));
    expect(screen.getByTestId("bulk-bar")).toHaveTextContent("3 selected");
    const boxes = screen.getAllByRole<HTMLInputElement>("checkbox", { name: /^Select Class/ });
    await user.click(boxes[0]!);
    expect(screen.getByTestId("bulk-bar")).toHaveTextContent("2 selected");
    await waitFor(() => expect(boxes.map((box) => box.checked)).toEqual([false, true, true]));
    await user.click(screen.getByTestId("bulk-tag"));
    await user.type(await screen.findByTestId("tags-remove"), "draft");
    await user.click(screen.getByTestId("tags-change"));
    await waitFor(() =>
      expect(shell.sent("recordings_tag")[1]).toMatchObject({
        matching: { search: "", filter: "all" },
        except: [idOf(1)],
        remove: ["draft"],
      }),
    );
  });

  it("saves a view and shows it again", async () => {
    const user = userEvent.setup();
    const query = { search: "judo", filter: "ready" as const, limit: 0, offset: 0, tags: ["kihon"] };
    const shell = shellWith([aRecording(1)], {
      library_views: () => [{ id: "v", name: "Judo with kihon", query }],
      library_view_save: ({ name }: { name: string }) => ({ id: "w", name, query }),
    });
    render(Recordings);
    await user.click(await screen.findByTestId("view-open"));
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({
        search: "judo",
        filter: "ready",
        tags: ["kihon"],
      }),
    );
    expect(screen.getByTestId("recordings-search")).toHaveValue("judo");
    await user.click(screen.getByTestId("view-save"));
    await user.type(await screen.findByLabelText("Name"), "Again{Enter}");
    await waitFor(() => expect(shell.sent("library_view_save")[0]).toMatchObject({ name: "Again", view: null }));
  });

  it("shows pictures with their place in the whole list, and moves in them by keys", async () => {
    const user = userEvent.setup();
    shellWith(
      Array.from({ length: 40 }, (_, n) => aRecording(n)),
      {
        recording_pictures: ({ ids }: { ids: string[] }) =>
          ids.map((id) => ({
            recording_id: id,
            url: `https://stream.example/${id}.jpg`,
            expires_at: "2099-01-01T00:00:00Z",
          })),
      },
    );
    render(Recordings);
    await waitFor(() => expect(rows().length).toBeGreaterThan(3));
    await user.click(screen.getByTestId("layout-pictures"));
    const cells = await screen.findAllByTestId("recording-picture");
    expect(cells[0]).toHaveAttribute("aria-setsize", "40");
    expect(cells[1]).toHaveAttribute("aria-posinset", "2");
    await waitFor(() =>
      expect(document.querySelector(`img[src="https://stream.example/${idOf(0)}.jpg"]`)).not.toBeNull(),
    );
    screen.getByRole("listbox").focus();
    await user.keyboard("{ArrowRight}{Enter}");
    await waitFor(() => expect(app.selectedRecording).toBe(idOf(1)));
    expect(await barriers()).toEqual([]);
  });

  it("changes title, notes and tags of the open recording, and shows what is wrong with a field", async () => {
    const user = userEvent.setup();
    let refuse = true;
    const shell = shellWith([aRecording(1, { tags: ["kihon"], notes: "Bring a belt." })], {
      recording_describe: ({ draft }: { draft: { title: string } }) => {
        if (refuse) {
          const fields = [{ field: "title", message: "The title is empty.", next: "Write a title." }];
          throw { code: "invalid_input", message: "The title is empty.", next: "Write a title.", fields };
        }
        return { recording: aRecording(1, { title: draft.title }), change: "change-1" };
      },
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    expect(await screen.findByTestId("recording-notes")).toHaveTextContent("Bring a belt.");
    await user.click(screen.getByTestId("describe"));
    await user.clear(screen.getByLabelText("Title"));
    await user.click(screen.getByTestId("describe-save"));
    expect(await screen.findByText("The title is empty. Write a title.")).toBeVisible();
    expect(await barriers()).toEqual([]);
    refuse = false;
    await user.type(screen.getByLabelText("Title"), "Kihon");
    await user.click(screen.getByTestId("describe-save"));
    await waitFor(() => expect(screen.queryByTestId("describe-form")).toBeNull());
    expect(shell.sent("recording_describe").at(-1)).toEqual({
      id: idOf(1),
      draft: { title: "Kihon" },
    });
    expect(toasts.undoable).toHaveBeenCalled();
  });

  it("keeps what is being written when another recording is opened, and asks before it is discarded", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aRecording(2)], {});
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("describe"));
    await user.type(screen.getByTestId("describe-notes"), "Bring a belt.");
    app.selectedRecording = idOf(2);
    await waitFor(() => expect(screen.queryByTestId("describe-form")).toBeNull());
    await screen.findByTestId("describe");
    app.selectedRecording = idOf(1);
    await waitFor(() => expect(screen.getByTestId("describe-notes")).toHaveValue("Bring a belt."));
    screen.getByTestId("describe-notes").focus();
    await user.keyboard("{Escape}");
    await user.click(await screen.findByTestId("describe-discard"));
    await waitFor(() => expect(screen.queryByTestId("describe-form")).toBeNull());
    expect(shell.sent("recording_describe")).toEqual([]);
    // The question gives the pointer back a moment after it has closed.
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe("none"));
    // Without a change, Escape leaves at once.
    await user.click(screen.getByTestId("describe"));
    await user.keyboard("{Escape}");
    expect(screen.queryByTestId("describe-form")).toBeNull();
  });

  it("chooses the order by keyboard, and days that count back from now", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aRecording(2)], {});
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.selectOptions(screen.getByTestId("library-order"), "title up");
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)).toMatchObject({ query: { sort: "title", ascending: true } }),
    );
    await user.selectOptions(screen.getByTestId("filter-period"), "7");
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)).toMatchObject({ query: { sort: "title", days: 7 } }),
    );
    expect(shell.sent("recordings_list").at(-1)).not.toHaveProperty("query.from");
    expect(screen.getByTestId("filter-period")).toHaveValue("7");
  });
});
