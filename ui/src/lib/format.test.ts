import { describe, expect, it } from "vitest";
import {
  bytes,
  clock,
  count,
  day,
  dayAndClock,
  inZone,
  lasting,
  length,
  longDay,
  nearClock,
  nearDay,
  span,
  timer,
  until,
  viewerZone,
} from "./format";

// The tests run in Europe/Berlin.
const AT = "2026-11-22T17:04:09Z";
const now = new Date("2026-11-22T17:00:00Z");

describe("times", () => {
  it("are in the reader's zone unless another is named", () => {
    expect(viewerZone).toBe("Europe/Berlin");
    expect(clock(AT)).toBe("18:04");
    expect(clock(AT, "Asia/Tokyo")).toBe("02:04");
    expect(clock("2026-11-22T23:00:00Z")).toBe("00:00");
    expect(day(AT)).toBe("Sun 22 Nov 2026");
    expect(dayAndClock(AT)).toBe("Sun 22 Nov 2026, 18:04");
    expect(longDay(now)).toBe("Sunday 22 November");
  });

  it("are written to the second as a length", () => {
    expect([0, 54, 120, 3580, 3720].map(lasting)).toEqual(["0 s", "54 s", "2 min", "59 min 40 s", "1 h 2 min"]);
  });

  it("have their day when that is not today", () => {
    expect(nearClock(AT, now)).toBe("18:04");
    expect(nearClock("2026-11-22T23:05:00Z", now)).toBe("00:05 tomorrow");
    expect(nearClock("2026-11-26T08:00:00Z", now)).toBe("09:00 on Thu 26 Nov");
  });

  it("follow summer time", () => {
    expect(clock("2026-03-29T00:59:00Z")).toBe("01:59");
    expect(clock("2026-03-29T01:00:00Z")).toBe("03:00");
  });

  it("have their zone only when it is not the reader's", () => {
    expect(inZone(AT, "Europe/Berlin")).toBe("18:04");
    expect(inZone(AT, "Europe/Paris")).toBe("18:04");
    expect(inZone(AT, "Europe/London")).toBe("17:04 in Europe/London (18:04 here)");
    expect(inZone(AT, "America/New_York")).toBe("12:04 in America/New York (18:04 here)");
    expect(inZone(AT, "Asia/Tokyo")).toBe("02:04 in Asia/Tokyo (Sun 22 Nov 2026, 18:04 here)");
  });

  it("name near days by the calendar, not by 24 hours", () => {
    expect(nearDay("2026-11-22T22:59:00Z", now)).toBe("Today");
    expect(nearDay("2026-11-22T23:01:00Z", now)).toBe("Tomorrow");
    expect(nearDay("2026-11-21T22:59:00Z", now)).toBe("Yesterday");
    expect(nearDay("2026-11-26T12:00:00Z", now)).toBe("Thu 26 Nov");
    expect(nearDay("2027-01-02T12:00:00Z", now)).toBe("Sat 2 Jan 2027");
  });

  it("are written as a distance from now", () => {
    expect(until("2026-11-22T17:02:00Z", now)).toBe("in 2 min");
    expect(until("2026-11-22T17:00:12Z", now)).toBe("in 12 s");
    expect(until("2026-11-22T17:00:00Z", now)).toBe("now");
    expect(until("2026-11-22T16:57:00Z", now)).toBe("3 min ago");
    expect(until("2026-11-22T20:00:00Z", now)).toBe("in 3 h");
    expect(until("2026-11-23T17:00:00Z", now)).toBe("in 1 day");
    expect(until("2026-11-29T17:00:00Z", now)).toBe("in 7 days");
  });
});

describe("lengths", () => {
  it.each([
    [3612, "1:00:12"],
    [245, "4:05"],
    [0, "0:00"],
    [-3, "0:00"],
    [36_000.9, "10:00:00"],
  ])("%d s is %s", (seconds, said) => expect(span(seconds)).toBe(said));
  it.each([
    [0, "00:00"],
    [2537, "42:17"],
    [3599, "59:59"],
    [3600, "01:00:00"],
  ])("the timer shows %d s as %s", (seconds, said) => expect(timer(seconds)).toBe(said));
  it.each([
    [45, "45 min"],
    [60, "60 min"],
    [90, "1 h 30 min"],
    [120, "2 h"],
  ])("%d min is %s", (minutes, said) => expect(length(minutes)).toBe(said));
});

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1500, "1.5 kB"],
    [999_600, "1 MB"],
    [512_000_000, "512 MB"],
    [1_234_000_000, "1.2 GB"],
    [9_960_000_000, "10 GB"],
    [2e12, "2 TB"],
    [5e15, "5,000 TB"],
  ])("%d is %s", (n, said) => expect(bytes(n)).toBe(said));
  it("groups thousands", () => expect(count(1284)).toBe("1,284"));
});
