import { describe, expect, it } from "vitest";
import type { RecordingsPage, RecordingsQuery } from "../../ipc/client";
import { ROWS_PER_PAGE, RecordingList } from "./list.svelte";
import { aRecording, fakeShell, held, idOf, pageOf } from "../../test/recordings";

const many = Array.from({ length: 10_000 }, (_, n) => aRecording(n));
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the list of recordings", () => {
  it("fetches only the pages that were scrolled into view", async () => {
    const shell = fakeShell({ recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(many, query) });
    const list = new RecordingList();
    await list.query("", "all");
    expect(list.total).toBe(10_000);
    expect(list.row(99)?.id).toBe(idOf(99));
    expect(list.row(100)).toBeUndefined();

    list.showRows(7190, 7210);
    await settled();
    expect(list.row(7205)?.id).toBe(idOf(7205));
    list.showRows(7195, 7215);
    await settled();
    expect(shell.sent("recordings_list").map(({ query }) => (query as RecordingsQuery).offset)).toEqual([
      0, 7100, 7200,
    ]);
    expect(shell.sent("recordings_list").every(({ query }) => (query as RecordingsQuery).limit === ROWS_PER_PAGE)).toBe(
      true,
    );
  });

  it("drops an answer to an older query that arrives last", async () => {
    const slow = held<RecordingsPage>();
    fakeShell({
      recordings_list: ({ query }: { query: RecordingsQuery }) =>
        query.search === "slow" ? slow.promise : pageOf(many, query),
    });
    const list = new RecordingList();
    const first = list.query("slow", "all");
    await list.query("Class 77", "all");
    slow.answer(
      pageOf([aRecording(1, { title: "slow" })], { search: "", filter: "all", limit: ROWS_PER_PAGE, offset: 0 }),
    );
    await first;
    expect(list.row(0)?.title).toBe("Class 77");
    expect(list.shown).toEqual({ search: "Class 77", filter: "all" });
    expect(list.loading).toBe(false);
  });

  it("drops a page that arrives after the query changed", async () => {
    const slow = held<RecordingsPage>();
    fakeShell({
      recordings_list: ({ query }: { query: RecordingsQuery }) =>
        query.offset === 300 ? slow.promise : pageOf(many, query),
    });
    const list = new RecordingList();
    await list.query("", "all");
    list.showRows(310, 320);
    await list.query("", "failed");
    slow.answer(pageOf(many, { search: "", filter: "all", limit: ROWS_PER_PAGE, offset: 300 }));
    await settled();
    expect(list.total).toBe(0);
    expect(list.row(310)).toBeUndefined();
  });

  it("refreshes the pages in view, and once more when called meanwhile", async () => {
    const gates = [held<void>(), held<void>()];
    let refreshes = -1;
    let title = "Old";
    const shell = fakeShell({
      recordings_list: async ({ query }: { query: RecordingsQuery }) => {
        if (refreshes >= 0) await gates[Math.min(refreshes++, 1)]?.promise;
        return pageOf([aRecording(1, { title })], query);
      },
    });
    const list = new RecordingList();
    await list.query("", "all");
    refreshes = 0;
    const first = list.refresh();
    void list.refresh();
    void list.refresh();
    title = "New";
    gates[0]?.answer();
    gates[1]?.answer();
    await first;
    expect(list.row(0)?.title).toBe("New");
    expect(shell.sent("recordings_list")).toHaveLength(3);
  });

  it("keeps the rows when a refresh fails, and has the error", async () => {
    let broken = false;
    fakeShell({
      recordings_list: ({ query }: { query: RecordingsQuery }) => {
        if (broken) throw { code: "database", message: "The database cannot be read.", next: "Restart Hajime." };
        return pageOf(many, query);
      },
    });
    const list = new RecordingList();
    await list.query("", "all");
    broken = true;
    await list.refresh();
    expect(list.error?.message).toBe("The database cannot be read.");
    expect(list.row(3)?.id).toBe(idOf(3));
    broken = false;
    await list.refresh();
    expect(list.error).toBeUndefined();
  });

  it("fetches a failed page again on refresh, not at every scroll", async () => {
    let broken = true;
    const shell = fakeShell({
      recordings_list: ({ query }: { query: RecordingsQuery }) => {
        if (broken && query.offset === 500) throw { code: "database", message: "Broken.", next: "Wait." };
        return pageOf(many, query);
      },
    });
    const list = new RecordingList();
    await list.query("", "all");
    for (let i = 0; i < 5; i += 1) {
      list.showRows(510 + i, 520 + i);
      await settled();
    }
    expect(shell.sent("recordings_list")).toHaveLength(2);
    expect(list.error?.message).toBe("Broken.");
    broken = false;
    await list.refresh();
    expect(list.row(512)?.id).toBe(idOf(512));
    expect(list.error).toBeUndefined();
  });
});
