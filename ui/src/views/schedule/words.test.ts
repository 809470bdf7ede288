import { describe, expect, it } from "vitest";
import { session } from "../../test/desk";
import { hours, plan, upcoming } from "./words";

const now = new Date("2026-11-22T17:00:00Z");
const at = (minutes: number) => now.getTime() + minutes * 60_000;

describe("hours", () => {
  it("adds the start in the session's zone when that is not the reader's", () => {
    expect(hours(session(1, at(0), { timezone: "Europe/Berlin" }))).toBe("18:00 – 19:00");
    expect(hours(session(1, at(0), { timezone: "Asia/Tokyo" }))).toBe("18:00 – 19:00 · 02:00 in Asia/Tokyo");
  });
});

describe("plan", () => {
  it("says that a session is not recorded", () => {
    expect(plan(session(1, at(0), { record: false }))).toBe("not recorded · up to 50 people");
  });
});

describe("upcoming", () => {
  it("lists starting and scheduled sessions of the next seven days, the soonest first", () => {
    const rows = [
      session(1, at(6 * 24 * 60)),
      session(2, at(8 * 24 * 60)),
      session(3, at(-30)),
      session(4, at(-90)),
      session(5, at(5), { status: "cancelled" }),
      session(6, at(-500), { status: "starting" }),
      session(7, at(10), { status: "live" }),
    ];
    expect(upcoming(rows, now).map((row) => row.id)).toEqual([rows[5], rows[2], rows[0]].map((row) => row?.id));
  });
});
