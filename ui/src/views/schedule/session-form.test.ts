import { describe, expect, it } from "vitest";
import {
  changedFields,
  formLike,
  formOf,
  newForm,
  refusedFields,
  startOf,
  toDraft,
  validate,
  type SessionForm,
} from "./session-form";
import { session, settings } from "../../test/schedule";

const NOW = new Date("2026-11-23T10:10:00Z");
const form = (over: Partial<SessionForm> = {}): SessionForm => ({
  title: "Karate",
  instructor: "Yamada Rin",
  date: "2026-11-23",
  time: "19:00",
  turn: "first",
  length: "60",
  timezone: "Europe/Berlin",
  record: true,
  quality: "720p",
  max: "40",
  ...over,
});
const wrong = (over: Partial<SessionForm>) => Object.keys(validate(form(over), NOW));

describe("a new session", () => {
  it("has the desk's defaults and starts at the next full half hour", () => {
    expect(newForm(settings, "Europe/Berlin", NOW, null)).toEqual({
      title: "",
      instructor: "Sato Jun",
      date: "Mon 23 Nov 2026",
      time: "11:30",
      turn: "first",
      length: "90",
      timezone: "Europe/Berlin",
      record: false,
      quality: "1080p",
      max: "25",
    });
  });

  it("starts at the slot that was chosen", () => {
    const made = newForm(settings, "Europe/Berlin", NOW, { day: "2026-11-27", minutes: 1170 });
    expect([made.date, made.time]).toEqual(["Fri 27 Nov 2026", "19:30"]);
  });
});

describe("editing", () => {
  it("shows a session in its own zone and sends the same start", () => {
    const there = session({ start: "2026-11-23T10:00:00Z", timezone: "Asia/Tokyo", duration_minutes: 75 });
    const shown = formOf(there);
    expect([shown.date, shown.time, shown.length]).toEqual(["Mon 23 Nov 2026", "19:00", "75"]);
    expect(startOf(shown, NOW)?.at.toISOString()).toBe("2026-11-23T10:00:00.000Z");
    expect(toDraft(shown, NOW)).toMatchObject({
      title: there.title,
      start_local: "2026-11-23T19:00",
      timezone: "Asia/Tokyo",
      duration_minutes: 75,
      max_participants: 40,
    });
  });

  it("accepts an unchanged start, however far away it is", () => {
    const began = session({ start: "2026-11-23T10:04:00Z", timezone: "Europe/Berlin" });
    const renamed = { ...formOf(began), title: "Other" };
    expect(validate(renamed, NOW, began)).toEqual({});
    expect(toDraft(renamed, NOW, began).start_local).toBe(began.start);
    const far = session({ start: "2062-11-23T10:00:00Z", timezone: "Europe/Berlin" });
    expect(validate({ ...formOf(far), title: "Other" }, NOW, far)).toEqual({});
    // A changed start is validated as usual, and so is the same start of a new session.
    expect(Object.keys(validate({ ...formOf(began), time: "11:03" }, NOW, began))).toEqual(["time"]);
    expect(Object.keys(validate(renamed, NOW))).toEqual(["time"]);
  });

  it("lists the changed fields", () => {
    expect(changedFields(form(), form())).toEqual([]);
    expect(changedFields(form(), form({ max: "41", record: false }))).toEqual(["record", "max"]);
  });
});

describe("the night the clocks go back", () => {
  const night = { date: "31 Oct 2027", time: "02:30" };

  it("sends the chosen one of the two times as an instant", () => {
    expect(toDraft(form(night), NOW).start_local).toBe("2027-10-31T00:30:00Z");
    expect(toDraft(form({ ...night, turn: "second" }), NOW).start_local).toBe("2027-10-31T01:30:00Z");
    expect(toDraft(form({ ...night, time: "03:30" }), NOW).start_local).toBe("2027-10-31T03:30");
  });

  it.each([
    ["2027-10-31T00:30:00Z", "first"],
    ["2027-10-31T01:30:00Z", "second"],
  ])("shows %s as the %s, and editing the title keeps it", (start, turn) => {
    const planned = session({ start, timezone: "Europe/Berlin" });
    const shown = formOf(planned);
    expect([shown.time, shown.turn]).toEqual(["02:30", turn]);
    expect(toDraft({ ...shown, title: "Other" }, NOW, planned).start_local).toBe(start);
  });

  it("moves a session by an hour when the other of the two times is chosen", () => {
    const planned = session({ start: "2027-10-31T01:30:00Z", timezone: "Europe/Berlin" });
    expect(toDraft({ ...formOf(planned), turn: "first" }, NOW, planned).start_local).toBe("2027-10-31T00:30:00Z");
  });

  it("handles clocks that are set back by half an hour", () => {
    const lordHowe = { date: "2027-04-04", time: "01:45", timezone: "Australia/Lord_Howe" };
    expect(toDraft(form(lordHowe), NOW).start_local).toBe("2027-04-03T14:45:00Z");
    expect(toDraft(form({ ...lordHowe, turn: "second" }), NOW).start_local).toBe("2027-04-03T15:15:00Z");
  });
});

describe("a zone that the web view does not know", () => {
  const planned = session({ start: "2026-11-30T22:30:00Z", timezone: "America/Nowhere" });

  it("is shown in UTC, and an unchanged start is sent as it is", () => {
    const shown = formOf(planned);
    expect([shown.date, shown.time]).toEqual(["Mon 30 Nov 2026", "22:30"]);
    const renamed = { ...shown, title: "Other" };
    expect(validate(renamed, NOW, planned)).toEqual({});
    expect(toDraft(renamed, NOW, planned)).toMatchObject({ start_local: planned.start, timezone: "America/Nowhere" });
  });

  it("refuses another start", () => {
    expect(validate({ ...formOf(planned), time: "21:00" }, NOW, planned).timezone).toContain(
      "does not know America/Nowhere",
    );
    expect(Object.keys(validate({ ...formOf(planned), timezone: "UTC" }, NOW, planned))).toEqual([]);
  });
});

it("a copy starts on the next such weekday that lies ahead", () => {
  const held = session({ start: "2026-10-20T17:00:00Z", timezone: "Europe/Berlin", title: "Judo" });
  const like = formLike(held, NOW);
  // Summer time ends in between: the copy keeps the wall-clock time and the weekday.
  expect([like.title, like.date, like.time]).toEqual(["Judo", "Tue 24 Nov 2026", "19:00"]);
});

describe("validation", () => {
  it("accepts a valid form, at the limits too", () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ title: ` ${"道".repeat(120)} `, instructor: "𠮷".repeat(80) })).toEqual([]);
    expect(wrong({ length: "1440", max: "1000" })).toEqual([]);
    expect(wrong({ length: "1", max: "1" })).toEqual([]);
  });

  it("requires a title and an instructor within their lengths", () => {
    expect(wrong({ title: " \n " })).toEqual(["title"]);
    expect(wrong({ instructor: "" })).toEqual(["instructor"]);
    expect(wrong({ title: "x".repeat(121), instructor: "x".repeat(81) })).toEqual(["title", "instructor"]);
    expect(validate(form({ title: "x".repeat(134) }), NOW).title).toBe(
      "This title has 134 characters. Shorten it to 120 or fewer.",
    );
  });

  it("requires a date, a time and a zone that exist", () => {
    expect(wrong({ date: "2026-02-30" })).toEqual(["date"]);
    expect(wrong({ time: "25:00" })).toEqual(["time"]);
    expect(wrong({ timezone: "Mars/Olympus" })).toEqual(["timezone"]);
    expect(validate(form({ date: "" }), NOW).date).toContain("28/11/2026");
  });

  it("allows a start up to five minutes ago", () => {
    expect(wrong({ time: "11:05" })).toEqual([]);
    expect(wrong({ time: "11:04" })).toEqual(["time"]);
    expect(wrong({ date: "2026-11-22" })).toEqual(["date"]);
    expect(wrong({ time: "11:04", timezone: "America/New_York" })).toEqual([]);
  });

  it("refuses a start more than five years away", () => {
    expect(wrong({ date: "2031-11-20" })).toEqual([]);
    expect(wrong({ date: "2062-11-23" })).toEqual(["date"]);
  });

  it("refuses a time the clocks skip, and names one that exists", () => {
    expect(validate(form({ date: "2027-03-28", time: "02:30" }), NOW).time).toContain("03:30");
    expect(wrong({ date: "2027-03-28", time: "02:30", timezone: "UTC" })).toEqual([]);
    expect(wrong({ date: "2027-10-31", time: "02:30" })).toEqual([]);
  });

  it("requires whole numbers within their limits", () => {
    for (const length of ["", "0", "1441", "60.5", "-5", "1e2", "an hour"])
      expect(wrong({ length })).toEqual(["length"]);
    for (const max of ["", "0", "1001", "12.5"]) expect(wrong({ max })).toEqual(["max"]);
  });
});

describe("what is sent", () => {
  it("is one trimmed line of text and numbers", () => {
    expect(toDraft(form({ title: "  Karate\n  fundamentals ", time: "9:05", length: " 60 " }), NOW)).toEqual({
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

  it("is refused for a form with problems", () => {
    expect(() => toDraft(form({ date: "" }), NOW)).toThrow(RangeError);
  });
});

describe("refusedFields", () => {
  it("gives the core's errors to the fields of the form", () => {
    const fields = [
      { field: "start_local", message: "The start lies in the past.", next: "Choose a start from now on." },
      { field: "max_participants", message: "2000 participants cannot be invited.", next: "Choose from 1 to 1000." },
    ];
    expect(refusedFields({ code: "invalid_input", message: "m", next: "n", fields })).toEqual({
      date: "The start lies in the past. Choose a start from now on.",
      max: "2000 participants cannot be invited. Choose from 1 to 1000.",
    });
  });

  it("is empty for an error that blames no field", () => {
    expect(refusedFields({ code: "offline", message: "m", next: "n" })).toEqual({});
    expect(refusedFields(null)).toEqual({});
  });
});
