import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { StorageDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { storageView } from "../../state/health/storage.svelte";
import { barriers } from "../../test/axe";
import { useDesk, type Scenario } from "../../test/desk";
import Storage from "./Storage.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), note: vi.fn(), problem: vi.fn(), undoable: vi.fn(() => vi.fn()) }));
vi.mock("../../state/toasts", () => toasts);

const ID = "0193a002-0000-7000-8000-00000000000f";

const use = (name: string, minutes: number) => ({ name, minutes, recordings: 2 });
const holding = (more: Partial<StorageDto> = {}): StorageDto => ({
  used: 81_040,
  limit: 100_000,
  left: 18_960,
  share: 0.8104,
  asked_at: "2026-12-01T17:50:00Z",
  problem: null,
  sentence: "The storage has room.",
  library_minutes: 77_500,
  expiring_minutes: 4_620,
  bin_minutes: 3_540,
  other_minutes: 0,
  expiring_count: 76,
  bin_count: 52,
  growth_per_month: 3_600,
  full_on: "2027-04-24",
  full_on_with_rules: null,
  goal: 0.8,
  by_tag: [use("kata", 28_410), use("", 900)],
  by_instructor: [use("M. Ito", 41_200)],
  by_month: [use("2026-11", 3_610)],
  kept: use("", 5_370),
  never_watched: use("", 4_480),
  unwatched_year: null,
  watched_since: "2026-08-01",
  ways: [
    { kind: "empty_bin", minutes: 3_540, recordings: 52, words: "Empty the bin", note: "At once." },
    { kind: "buy", minutes: 1_000, recordings: 0, words: "Buy 1,000 minutes", note: "$5 a month." },
  ],
  expiring: [
    {
      id: ID,
      title: "<b>Morning mobility</b>",
      instructor: "M. Ito",
      recorded_at: "2025-12-02T08:00:00Z",
      expires: "2026-12-02T03:00:00Z",
      minutes: 59,
      watched_minutes: 212,
      last_watched: "2026-10-03",
    },
  ],
  waiting: [],
  history: [
    { date: "2026-11-24", used: 80_000, limit: 100_000, forecast: false, with_rules: null },
    { date: "2026-12-01", used: 81_040, limit: 100_000, forecast: false, with_rules: null },
    { date: "2027-04-24", used: 100_000, limit: 100_000, forecast: true, with_rules: 79_000 },
  ],
  ...more,
});

function open(storage: Partial<StorageDto> = {}, scenario: Scenario = "live", answers: object = {}) {
  const desk = useDesk(scenario, { storage_overview: () => holding(storage), ...answers });
  render(Storage);
  return desk;
}

beforeEach(() => {
  vi.clearAllMocks();
  app.now = new Date("2026-12-01T18:00:00Z");
  app.view = "storage";
  app.selectedRecording = null;
  storageView.tab = "usage";
});

describe("the view Storage", () => {
  it("says how full the storage is, with the bin as used space, and what is expected", async () => {
    open();
    const meter = await screen.findByTestId("storage-meter");
    expect(meter).toHaveTextContent("81 % used 81,040 of 100,000 minutes, 316 hours left");
    expect(screen.getByTestId("storage-forecast")).toHaveTextContent(
      "Full about Sat 24 Apr 2027; with your rules never",
    );
    expect(within(meter).getByRole("img")).toHaveAccessibleName(
      "72.8 % Library, 4.6 % expire this month, 3.5 % in the bin, still counted, 18.9 % free",
    );
    await screen.findByTestId("cost-month");
    expect(await barriers()).toEqual([]);
  });

  it("draws what is used for screen readers as a table with the same numbers", async () => {
    open();
    const table = await screen.findByRole("table", { name: "Share of the storage in use" });
    expect([...table.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent))).toEqual([
      ["Month", "Used", "With your rules"],
      ["November 2026", "80 %", "–"],
      ["December 2026, today", "81 %", "–"],
      ["April 2027, expected", "100 %", "79 %"],
    ]);
  });

  it("leads from what uses it to the rows behind", async () => {
    const user = userEvent.setup();
    open();
    const uses = await screen.findByTestId("storage-uses");
    expect(uses).toHaveTextContent("kata 28,410 min");
    expect(uses).toHaveTextContent("Without a tag");
    await user.click(within(uses).getByRole("button", { name: "kata" }));
    expect(app.view).toBe("recordings");
    expect(app.takeNarrowing()).toEqual({ tags: ["kata"] });
    expect(app.takeNarrowing()).toEqual({});
    await user.click(screen.getByTestId("uses-instructor"));
    await user.click(within(uses).getByRole("button", { name: "M. Ito" }));
    expect(app.takeNarrowing()).toEqual({ instructor: "M. Ito" });
    await user.click(screen.getByTestId("uses-month"));
    await user.click(within(uses).getByRole("button", { name: "Nov 2026" }));
    const { from, until } = app.takeNarrowing();
    expect([new Date(from!).getMonth(), new Date(until!).getMonth()]).toEqual([10, 11]);
    await user.click(screen.getByTestId("expiring-all"));
    expect(app.takeNarrowing()).toEqual({ flags: ["expiring"] });
  });

  it("keeps what expires next forever, and the focus stays in the list", async () => {
    const user = userEvent.setup();
    const done = { changed: 1, unchanged: 0, refused: [], change: "change-1" };
    const desk = open({}, "live", { recordings_keep: () => done });
    const row = await screen.findByTestId("expiring-row");
    expect(row).toHaveTextContent("<b>Morning mobility</b>");
    expect(row).toHaveTextContent("watched 212 min, last Sat 3 Oct 2026");
    await user.click(screen.getByTestId("expiring-keep"));
    expect(desk.of("recordings_keep")).toMatchObject([{ args: { ids: [ID] } }]);
    await waitFor(() => expect(screen.getByRole("heading", { name: "Expiring next" })).toHaveFocus());
    expect(toasts.undoable).toHaveBeenCalled();
  });

  it("names what waits while the storage is full, and the bin is emptied after the words were typed", async () => {
    const user = userEvent.setup();
    const waiting = [{ id: ID, title: "Evening sparring", kept_until: "2026-12-06T21:00:00Z" }];
    const desk = open({ share: 1, used: 100_000, left: 0, waiting }, "many", {
      bin_empty: () => ({ deleted: 1, minutes: 60, refused: [] }),
    });
    const banner = await screen.findByTestId("storage-full");
    expect(banner).toHaveAttribute("role", "alert");
    expect(banner).toHaveTextContent("Storage is full. 1 class waits for room. RealtimeKit keeps it until");
    expect(banner).toHaveTextContent("The bin alone holds 3,540 minutes.");
    expect(await barriers()).toEqual([]);
    // Something must be in the bin of the mock.
    const { rows } = (await desk.mock.invoke("recordings_list", {
      query: { search: "", filter: "ready", limit: 1, offset: 0 },
    })) as { rows: { id: string }[] };
    await desk.mock.invoke("recordings_bin", { ids: [rows[0]!.id], matching: null, except: [] });
    await user.click(screen.getByTestId("storage-full-empty"));
    const confirm = await screen.findByTestId("empty-bin-confirm");
    expect(screen.getByTestId("storage-tab-bin")).toHaveAttribute("aria-selected", "true");
    expect(confirm).toBeDisabled();
    expect(await barriers(screen.getByTestId("empty-bin-words").closest("form")!)).toEqual([]);
    await user.type(screen.getByTestId("empty-bin-words"), "Empty the bin");
    await waitFor(() => expect(confirm).toBeEnabled());
    await user.click(confirm);
    await waitFor(() => expect(desk.of("bin_empty")).toMatchObject([{ args: { typed: "empty the bin" } }]));
    await waitFor(() => expect(screen.queryByTestId("empty-bin-dialog")).toBeNull());
    expect(toasts.done).toHaveBeenCalledWith("Deleted for good", "1 recording, 60 minutes");
    await waitFor(() => expect(screen.getByTestId("bin")).toHaveFocus());
  });

  it("says that a class waits also while a little room is left", async () => {
    open({ share: 0.999, waiting: [{ id: ID, title: "Evening sparring", kept_until: null }] });
    expect(await screen.findByTestId("storage-full")).toHaveTextContent(
      "Stream has too little room left. 1 class waits",
    );
  });

  it("lists what Cloudflare did not delete, and stays open", async () => {
    const user = userEvent.setup();
    const error = { code: "offline", message: "There is no network.", next: "Try again." };
    const desk = open({}, "many", {
      bin_empty: () => ({ deleted: 0, minutes: 0, refused: [{ id: ID, title: "Kata", error }] }),
    });
    const { rows } = (await desk.mock.invoke("recordings_list", {
      query: { search: "", filter: "ready", limit: 1, offset: 0 },
    })) as { rows: { id: string }[] };
    await desk.mock.invoke("recordings_bin", { ids: [rows[0]!.id], matching: null, except: [] });
    await user.click(await screen.findByTestId("storage-tab-bin"));
    await user.click(await screen.findByTestId("bin-empty-all"));
    await user.type(await screen.findByTestId("empty-bin-words"), "empty the bin{Enter}");
    expect(await screen.findByTestId("empty-bin-refused")).toHaveTextContent("Kata There is no network. Try again.");
    expect(screen.getByTestId("empty-bin-dialog")).toBeInTheDocument();
  });

  it("has one home for rules, bin and archive, by the arrow keys of its tabs", async () => {
    const user = userEvent.setup();
    open();
    (await screen.findByTestId("storage-tab-usage")).focus();
    await user.keyboard("{ArrowRight}");
    expect(await screen.findByTestId("retention")).toBeInTheDocument();
    await user.keyboard("{ArrowRight}");
    expect(await screen.findByTestId("bin")).toBeInTheDocument();
    await user.keyboard("{ArrowRight}");
    expect(await screen.findByRole("heading", { name: "Places of the archive" })).toBeInTheDocument();
    expect(await barriers()).toEqual([]);
    expect(storageView.tab).toBe("archive");
  });

  it("says what is not known, and why", async () => {
    const problem = { message: "The token may not read the storage.", next: "Add Stream Read." };
    open({
      used: null,
      limit: null,
      left: null,
      share: null,
      problem,
      full_on: null,
      growth_per_month: null,
      history: [],
    });
    expect(await screen.findByTestId("storage-meter")).toHaveTextContent("How much is used is not known yet");
    expect(screen.getByTestId("storage-problem")).toHaveTextContent("Add Stream Read.");
    expect(screen.queryByTestId("chart-table")).toBeNull();
  });

  it("shows the cost also where the storage could not be read", async () => {
    open({}, "live", {
      storage_overview: () => {
        throw { code: "database", message: "The database cannot be read.", next: "Try again." };
      },
    });
    expect(await screen.findByTestId("storage-error")).toHaveTextContent("The database cannot be read.");
    expect(await screen.findByTestId("cost-month")).toBeInTheDocument();
  });
});
