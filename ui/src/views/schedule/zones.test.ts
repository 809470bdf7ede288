import { afterEach, describe, expect, it } from "vitest";
import { useSystemLocale } from "../../lib/locale";
import { readTime } from "../../lib/typed-dates";
import {
  addDays,
  instantOf,
  nextHalfHour,
  offsetName,
  sameClock,
  spanName,
  startOfDay,
  wallClock,
  weekFrom,
  weekStartOf,
  zoneOptions,
} from "./zones";

afterEach(() => useSystemLocale(null));

const at = (day: string, time: string, zone: string) => {
  const { kind, at } = instantOf(day, readTime(time) ?? NaN, zone);
  return [kind, at.toISOString()];
};

describe("instantOf", () => {
  it("reads a wall clock in its zone", () => {
    expect(at("2026-11-23", "19:00", "Asia/Tokyo")).toEqual(["exact", "2026-11-23T10:00:00.000Z"]);
    expect(at("2026-07-01", "19:00", "America/New_York")).toEqual(["exact", "2026-07-01T23:00:00.000Z"]);
    expect(at("2026-01-01", "00:15", "Pacific/Kiritimati")).toEqual(["exact", "2025-12-31T10:15:00.000Z"]);
    expect(at("2026-01-01", "00:15", "Asia/Kathmandu")).toEqual(["exact", "2025-12-31T18:30:00.000Z"]);
  });

  it("moves a skipped time by as much as the clocks are set forward", () => {
    expect(at("2026-03-29", "02:30", "Europe/Berlin")).toEqual(["skipped", "2026-03-29T01:30:00.000Z"]);
    expect(at("2026-03-29", "03:00", "Europe/Berlin")).toEqual(["exact", "2026-03-29T01:00:00.000Z"]);
    expect(at("2026-10-04", "02:15", "Australia/Lord_Howe")).toEqual(["skipped", "2026-10-03T15:45:00.000Z"]);
  });

  it("takes a zone that the web view does not know as UTC", () => {
    expect(at("2026-11-23", "19:00", "America/Nowhere")).toEqual(["exact", "2026-11-23T19:00:00.000Z"]);
    expect(wallClock(new Date("2026-11-23T19:00:00Z"), "America/Nowhere")).toEqual({
      day: "2026-11-23",
      minutes: 1140,
    });
    expect(sameClock(new Date("2026-11-23T19:00:00Z"), "America/Nowhere", "Europe/Berlin")).toBe(false);
  });

  it("returns both instants of a repeated time", () => {
    const twice = instantOf("2026-10-25", 150, "Europe/Berlin");
    expect(twice).toMatchObject({ kind: "repeated", second: new Date("2026-10-25T01:30:00Z") });
    expect(at("2026-10-25", "02:30", "Europe/Berlin")).toEqual(["repeated", "2026-10-25T00:30:00.000Z"]);
    expect(at("2026-10-25", "03:00", "Europe/Berlin")).toEqual(["exact", "2026-10-25T02:00:00.000Z"]);
    expect(at("2026-11-01", "01:30", "America/New_York")).toEqual(["repeated", "2026-11-01T05:30:00.000Z"]);
  });

  it("reads back every half hour of a year with clock changes", () => {
    for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]) {
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7 * 1_800_000) {
        const shown = wallClock(new Date(ms), zone);
        const read = instantOf(shown.day, shown.minutes, zone);
        expect(read.kind).not.toBe("skipped");
        if (read.kind === "exact") expect(read.at.getTime()).toBe(ms);
        else expect(read.at.getTime()).toBeLessThanOrEqual(ms);
      }
    }
  });
});

describe("days", () => {
  it("start at midnight of the zone, also when a day has 23 or 25 hours", () => {
    const hours = (day: string) =>
      (startOfDay(addDays(day, 1), "Europe/Berlin").getTime() - startOfDay(day, "Europe/Berlin").getTime()) / 3_600_000;
    expect(hours("2026-03-29")).toBe(23);
    expect(hours("2026-10-25")).toBe(25);
    expect(hours("2026-11-23")).toBe(24);
  });

  it("belong to the week that the system begins on Monday, Sunday or Saturday", () => {
    expect(weekStartOf("2026-11-23")).toBe("2026-11-23");
    expect(weekStartOf("2026-11-22")).toBe("2026-11-16");
    useSystemLocale("en-US");
    expect(weekStartOf("2026-11-22")).toBe("2026-11-22");
    expect(weekStartOf("2026-11-28")).toBe("2026-11-22");
    useSystemLocale("ar-EG");
    expect(weekStartOf("2026-11-22")).toBe("2026-11-21");
    expect(weekFrom("2026-12-28").at(-1)).toBe("2027-01-03");
  });

  it("name a week, with the year when it is not the present one", () => {
    expect(spanName("2026-11-16", addDays("2026-11-16", 6), "2026-11-22")).toMatch(/^16\s?–\s?22 November$/);
    expect(spanName("2026-12-28", addDays("2026-12-28", 6), "2026-12-30")).toContain("2027");
    expect(spanName("2025-11-17", addDays("2025-11-17", 6), "2026-11-22")).toContain("2025");
  });
});

it("the next half hour is ahead, even on the half hour and over midnight", () => {
  expect(nextHalfHour(new Date("2026-11-23T10:29:59Z"), "UTC")).toEqual({ day: "2026-11-23", minutes: 630 });
  expect(nextHalfHour(new Date("2026-11-23T10:30:00Z"), "UTC")).toEqual({ day: "2026-11-23", minutes: 660 });
  expect(nextHalfHour(new Date("2026-11-23T23:45:00Z"), "UTC")).toEqual({ day: "2026-11-24", minutes: 0 });
});

it("zones that show the same clock are told apart from those that do not", () => {
  expect(sameClock(new Date("2026-01-01T12:00Z"), "Europe/Berlin", "Europe/Paris")).toBe(true);
  expect(sameClock(new Date("2026-01-01T12:00Z"), "Europe/London", "UTC")).toBe(true);
  expect(sameClock(new Date("2026-07-01T12:00Z"), "Europe/London", "UTC")).toBe(false);
});

it("offsets are written as UTC+hh:mm", () => {
  const july = new Date("2026-07-01T12:00Z");
  expect(offsetName(july, "Asia/Kolkata")).toBe("UTC+05:30");
  expect(offsetName(july, "America/St_Johns")).toBe("UTC−02:30");
  expect(offsetName(july, "UTC")).toBe("UTC");
});

it("zoneOptions lists every zone once, the given ones first, without unknown ones", () => {
  const values = zoneOptions("Asia/Tokyo", "Mars/Olympus").map((option) => option.value);
  expect(values.slice(0, 2)).toEqual(["Asia/Tokyo", "UTC"]);
  expect(values).toContain("America/New_York");
  expect(values).not.toContain("Mars/Olympus");
  expect(new Set(values).size).toBe(values.length);
});
