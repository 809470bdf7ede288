import { describe, expect, it } from "vitest";
import { isLastOfMonth, nthOf, once, recurrenceOf, recurrenceProblems, ruleOf, type Recurrence } from "./recurrence";

/** A Tuesday, the second and not the last of its month. */
const DAY = "2026-12-08";
const form = (over: Partial<Recurrence>): Recurrence => ({ ...once(DAY), ...over });

describe("the rule of the form", () => {
  it.each<[Partial<Recurrence>, string | null]>([
    [{}, null],
    [{ repeats: "daily" }, "FREQ=DAILY"],
    [{ repeats: "daily", interval: "3" }, "FREQ=DAILY;INTERVAL=3"],
    [{ repeats: "weekly" }, "FREQ=WEEKLY;BYDAY=TU"],
    [{ repeats: "weekly", days: ["SU", "TH", "MO"] }, "FREQ=WEEKLY;BYDAY=MO,TH,SU"],
    [{ repeats: "weekly", ends: "count", count: "12" }, "FREQ=WEEKLY;COUNT=12;BYDAY=TU"],
    [{ repeats: "weekly", ends: "until", until: "2027-06-29" }, "FREQ=WEEKLY;UNTIL=20270629;BYDAY=TU"],
    [{ repeats: "monthly" }, "FREQ=MONTHLY;BYMONTHDAY=8"],
    [{ repeats: "monthly", monthDay: "nth" }, "FREQ=MONTHLY;BYDAY=2TU"],
    [{ repeats: "monthly", monthDay: "last" }, "FREQ=MONTHLY;BYDAY=-1TU"],
    [{ repeats: "yearly" }, "FREQ=YEARLY;BYMONTHDAY=8;BYMONTH=12"],
    [{ repeats: "rule", rule: " FREQ=DAILY;BYSETPOS=1 " }, "FREQ=DAILY;BYSETPOS=1"],
  ])("%o is %s", (over, rule) => {
    expect(ruleOf(form(over), DAY, DAY)).toBe(rule);
  });

  it.each([
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=TU,TH",
    "FREQ=WEEKLY;COUNT=12;BYDAY=TU",
    "FREQ=WEEKLY;UNTIL=20270629;INTERVAL=2;BYDAY=TU",
    "FREQ=MONTHLY;BYMONTHDAY=8",
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYDAY=-1TU",
    "FREQ=YEARLY;BYMONTHDAY=8;BYMONTH=12",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=WEEKLY;UNTIL=20270629T170000Z;BYDAY=TU",
    "FREQ=MONTHLY;BYMONTHDAY=13",
  ])("%s is shown so that it is the same again", (rule) => {
    expect(ruleOf(recurrenceOf(rule, DAY), DAY, DAY)).toBe(rule);
  });

  it("writes out the day that a bare rule takes from its first class", () => {
    const read = recurrenceOf("FREQ=WEEKLY", DAY);
    expect([read.repeats, read.days]).toEqual(["weekly", ["TU"]]);
    expect(recurrenceOf("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", DAY).repeats).toBe("rule");
  });
});

describe("what cannot be sent", () => {
  it.each<[Partial<Recurrence>, string]>([
    [{ repeats: "daily", interval: "0" }, "interval"],
    [{ repeats: "daily", interval: "1000" }, "interval"],
    [{ repeats: "weekly", days: [] }, "days"],
    [{ repeats: "weekly", ends: "count", count: "1.5" }, "count"],
    [{ repeats: "weekly", ends: "until", until: "soon" }, "until"],
    [{ repeats: "rule", rule: " " }, "rule"],
  ])("%o has a problem at %s", (over, field) => {
    expect(Object.keys(recurrenceProblems(form(over), DAY))).toEqual([field]);
  });

  it("is nothing for a class that does not repeat", () => {
    expect(recurrenceProblems(form({ interval: "", days: [] }), DAY)).toEqual({});
  });
});

it("knows the place of a day in its month", () => {
  expect([nthOf("2026-12-01"), nthOf("2026-12-08"), nthOf("2026-12-29")]).toEqual([1, 2, 5]);
  expect([isLastOfMonth("2026-12-22"), isLastOfMonth("2026-12-29")]).toEqual([false, true]);
});
