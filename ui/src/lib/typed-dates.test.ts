import { afterEach, describe, expect, it } from "vitest";
import { useSystemLocale } from "./locale";
import { exampleDay, readDay, readTime, shownDay, shownTime } from "./typed-dates";

const TODAY = "2026-11-22"; // a Sunday
afterEach(() => useSystemLocale(null));

describe("a typed date", () => {
  it.each([
    ["2026-11-28", "2026-11-28"],
    ["2026-1-5", "2026-01-05"],
    ["2026/11/28", "2026-11-28"],
    ["20261128", "2026-11-28"],
    ["28 nov", "2026-11-28"],
    ["28. November 2027", "2027-11-28"],
    ["Nov 28th, 2026", "2026-11-28"],
    ["Sat 28 Nov 2026", "2026-11-28"],
    ["Sat Nov 28, 2026", "2026-11-28"],
    ["sept 3", "2027-09-03"],
    ["today", "2026-11-22"],
    [" Tomorrow ", "2026-11-23"],
    ["thursday", "2026-11-26"],
    ["sun", "2026-11-22"],
    ["next sun", "2026-11-29"],
    ["29 feb", "2028-02-29"],
  ])("“%s” is read in every locale", (typed, day) => {
    for (const tag of ["en-GB", "en-US", "ja-JP"]) {
      useSystemLocale(tag);
      expect(readDay(typed, TODAY)).toBe(day);
    }
  });

  it.each([
    ["de-DE", "5.12.2026", "2026-12-05"],
    ["de-DE", "5.12.", "2026-12-05"],
    ["en-GB", "5/12/26", "2026-12-05"],
    ["en-US", "12/5/2026", "2026-12-05"],
    ["en-US", "12/5", "2026-12-05"],
    ["ja-JP", "12/5", "2026-12-05"],
    // There is no month 28.
    ["en-US", "28/11/2026", "2026-11-28"],
    ["en-GB", "11/28/2026", "2026-11-28"],
    ["en-GB", "1/1", "2027-01-01"],
  ])("in %s “%s” is %s", (tag, typed, day) => {
    useSystemLocale(tag);
    expect(readDay(typed, TODAY)).toBe(day);
  });

  it.each([
    "",
    "soon",
    "31 nov",
    "30/2/2026",
    "2026-13-01",
    "12345",
    "1",
    "28 nov 2026 extra",
    "28 28 nov",
    "-",
    "29/2/2027",
  ])("“%s” is none", (typed) => expect(readDay(typed, TODAY)).toBeNull());

  it("is read back as it was written, for every day of two years in every order", () => {
    for (const tag of ["en-GB", "en-US", "ja-JP", "fa-IR"]) {
      useSystemLocale(tag);
      expect(readDay(exampleDay(), TODAY)).toBe("2026-11-28");
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 86_400_000) {
        const day = new Date(at).toISOString().slice(0, 10);
        expect(readDay(shownDay(day), TODAY)).toBe(day);
      }
    }
  });
});

describe("a typed time", () => {
  it.each([
    ["19:00", 1140],
    ["9:05", 545],
    ["19.30", 1170],
    ["1930", 1170],
    ["930", 570],
    ["19h", 1140],
    ["19h15", 1155],
    ["7", 420],
    ["7pm", 1140],
    ["7:30 PM", 1170],
    ["7 p.m.", 1140],
    ["12 am", 0],
    ["12pm", 720],
    ["noon", 720],
    ["19:00:00", 1140],
  ])("“%s” is %d minutes after midnight", (typed, minutes) => expect(readTime(typed)).toBe(minutes));

  it.each(["", "25:00", "24:00", "7:60", "13pm", "0am", "soon", "19:0", "7m", ":30", "-1", "190000"])(
    "“%s” is none",
    (typed) => expect(readTime(typed)).toBeNull(),
  );

  it("is read back as it was written, for every minute of a day", () => {
    for (const tag of ["en-GB", "en-US", "en-AU"]) {
      useSystemLocale(tag);
      for (let minutes = 0; minutes < 1440; minutes += 1) expect(readTime(shownTime(minutes))).toBe(minutes);
    }
  });
});
