import { describe, expect, it } from "vitest";
import { changedFields, formOf, newForm, startOf, toDraft, validate, type SessionForm } from "./session-form";
import { session, settings } from "./testing/fixtures";

const NOW = new Date("2026-11-23T10:10:00Z");
const form = (over: Partial<SessionForm> = {}): SessionForm => ({
  title: "Karate",
  instructor: "Yamada Rin",
  date: "2026-11-23",
  time: "19:00",
  length: "60",
  timezone: "Europe/Berlin",
  record: true,
  quality: "720p",
  max: "40",
  ...over,
});
const wrong = (over: Partial<SessionForm>) => Object.keys(validate(form(over), NOW));

describe("a new session", () => {
  it("takes the desk's defaults and starts at the next full half hour", () => {
    expect(newForm(settings, "Europe/Berlin", NOW, null)).toEqual({
      title: "",
      instructor: "Sato Jun",
      date: "2026-11-23",
      time: "11:30",
      length: "90",
      timezone: "Europe/Berlin",
      record: false,
      quality: "1080p",
      max: "25",
    });
  });

  it("starts at the slot that was chosen", () => {
    const made = newForm(settings, "Europe/Berlin", NOW, { day: "2026-11-27", minutes: 1170 });
    expect([made.date, made.time]).toEqual(["2026-11-27", "19:30"]);
  });
});

describe("editing", () => {
  it("shows a session in its own zone and sends back the same start", () => {
    const there = session({ start: "2026-11-23T10:00:00Z", timezone: "Asia/Tokyo", duration_minutes: 75 });
    const shown = formOf(there);
    expect([shown.date, shown.time, shown.length]).toEqual(["2026-11-23", "19:00", "75"]);
    expect(startOf(shown)?.at.toISOString()).toBe("2026-11-23T10:00:00.000Z");
    expect(toDraft(shown)).toMatchObject({
      title: there.title,
      start_local: "2026-11-23T19:00",
      timezone: "Asia/Tokyo",
      duration_minutes: 75,
      max_participants: 40,
    });
  });

  it("knows which fields were changed", () => {
    expect(changedFields(form(), form())).toEqual([]);
    expect(changedFields(form(), form({ max: "41", record: false }))).toEqual(["record", "max"]);
  });
});

describe("validation", () => {
  it("finds nothing wrong with a good form, at the limits too", () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ title: ` ${"道".repeat(120)} `, instructor: "𠮷".repeat(80) })).toEqual([]);
    expect(wrong({ length: "1440", max: "1000" })).toEqual([]);
    expect(wrong({ length: "1", max: "1" })).toEqual([]);
  });

  it("wants a title and an instructor of a reasonable length", () => {
    expect(wrong({ title: " \n " })).toEqual(["title"]);
    expect(wrong({ instructor: "" })).toEqual(["instructor"]);
    expect(wrong({ title: "x".repeat(121), instructor: "x".repeat(81) })).toEqual(["title", "instructor"]);
    expect(validate(form({ title: "x".repeat(134) }), NOW).title).toBe(
      "This title has 134 characters. Shorten it to 120 or fewer.",
    );
  });

  it("wants a date, a time and a zone that exist", () => {
    expect(wrong({ date: "2026-02-30" })).toEqual(["date"]);
    expect(wrong({ time: "25:00" })).toEqual(["time"]);
    expect(wrong({ timezone: "Mars/Olympus" })).toEqual(["timezone"]);
    expect(validate(form({ date: "" }), NOW).date).toContain("2026-11-23");
  });

  it("allows a start up to five minutes ago", () => {
    expect(wrong({ time: "11:05" })).toEqual([]);
    expect(wrong({ time: "11:04" })).toEqual(["time"]);
    expect(wrong({ date: "2026-11-22" })).toEqual(["date"]);
    expect(wrong({ time: "11:04", timezone: "America/New_York" })).toEqual([]);
  });

  it("questions a start years away", () => {
    expect(wrong({ date: "2031-11-20" })).toEqual([]);
    expect(wrong({ date: "2062-11-23" })).toEqual(["date"]);
  });

  it("refuses a time the clocks skip, and names one that exists", () => {
    expect(validate(form({ date: "2027-03-28", time: "02:30" }), NOW).time).toContain("03:30");
    expect(wrong({ date: "2027-03-28", time: "02:30", timezone: "UTC" })).toEqual([]);
    expect(wrong({ date: "2027-10-31", time: "02:30" })).toEqual([]);
  });

  it("wants whole numbers within their limits", () => {
    for (const length of ["", "0", "1441", "60.5", "-5", "1e2", "an hour"])
      expect(wrong({ length })).toEqual(["length"]);
    for (const max of ["", "0", "1001", "12.5"]) expect(wrong({ max })).toEqual(["max"]);
  });
});

describe("what is sent", () => {
  it("is one trimmed line of text and numbers", () => {
    expect(toDraft(form({ title: "  Karate\n  fundamentals ", time: "9:05", length: " 60 " }))).toEqual({
      title: "Karate fundamentals",
      instructor: "Yamada Rin",
      start_local: "2026-11-23T09:05",
      timezone: "Europe/Berlin",
      duration_minutes: 60,
      record: true,
      quality: "720p",
      max_participants: 40,
    });
  });

  it("is never a form with problems", () => {
    expect(() => toDraft(form({ date: "" }))).toThrow(RangeError);
  });
});
