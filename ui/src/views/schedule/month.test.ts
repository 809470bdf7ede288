import { expect, it } from "vitest";
import { entry, session } from "../../test/schedule";
import { byDay, linesOf, shownOf } from "./month";
import { addMonths, weeksOfMonth } from "./zones";

it("a month is shown in whole weeks", () => {
  expect(weeksOfMonth("2026-11-25").map(([first]) => first)).toEqual([
    "2026-10-26",
    "2026-11-02",
    "2026-11-09",
    "2026-11-16",
    "2026-11-23",
    "2026-11-30",
  ]);
  expect(weeksOfMonth("2027-02-10")).toHaveLength(4);
});

it("months are counted over the end of the year", () => {
  expect([addMonths("2026-12-31", 1), addMonths("2027-01-31", -1)]).toEqual(["2027-01-01", "2026-12-01"]);
});

it("classes are grouped by the day on which clocks show their start", () => {
  const late = session({ title: "Late", start: "2026-11-25T22:30:00Z" });
  const night = session({ title: "Night", start: "2026-11-25T23:30:00Z" });
  const days = byDay([entry(night), entry(late)]);
  expect([...days].map(([day, all]) => [day, all.map(({ session: one }) => one.title)])).toEqual([
    ["2026-11-25", ["Late"]],
    ["2026-11-26", ["Night"]],
  ]);
});

it("a day that is too small shows one class fewer, for the words of the others", () => {
  expect(linesOf(5 * 120, 5)).toBe(4);
  expect([shownOf(4, 4), shownOf(5, 4), shownOf(2, 1)]).toEqual([4, 3, 0]);
});
