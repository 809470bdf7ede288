import { afterEach, describe, expect, it } from "vitest";
import { clock, count, dayAndClock, inZone, longDay, nearDay, placeName } from "./format";
import { dateOrder, firstWeekday, hasTwelveHours, knowsZone, useSystemLocale } from "./locale";

// The tests run in Europe/Berlin.
const AT = "2026-11-22T17:04:09Z";
const now = new Date("2026-11-20T17:00:00Z");

afterEach(() => useSystemLocale(null));

describe("the system's locale", () => {
  it.each([
    ["en-US", "mdy", "Sun Nov 22, 2026, 6:04 PM", "Sun Nov 22", 0],
    ["en-GB", "dmy", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 1],
    ["de-DE", "dmy", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 1],
    ["pt-BR", "dmy", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 0],
    ["ja-JP", "ymd", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 0],
    ["de", "dmy", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 1],
    ["en-AU", "dmy", "Sun 22 Nov 2026, 6:04 pm", "Sun 22 Nov", 1],
    ["ar-EG", "dmy", "Sun 22 Nov 2026, 6:04 pm", "Sun 22 Nov", 6],
    ["fa-IR", "ymd", "Sun 22 Nov 2026, 18:04", "Sun 22 Nov", 6],
  ])("%s sets the order, the hours and the first weekday of English dates", (tag, order, full, near, first) => {
    useSystemLocale(tag);
    expect(dateOrder()).toBe(order);
    expect(dayAndClock(AT)).toBe(full);
    expect(nearDay(AT, now)).toBe(near);
    expect(firstWeekday()).toBe(first);
    expect(hasTwelveHours()).toBe(/m$/i.test(full));
  });

  it.each([[null], [""], ["C"], ["not a locale"], ["x"]])("%s is no locale, so dates are in British English", (tag) => {
    useSystemLocale("en-US");
    useSystemLocale(tag);
    expect(dateOrder()).toBe("dmy");
    expect(clock(AT)).toBe("18:04");
    expect(longDay(new Date(AT))).toBe("Sunday 22 November");
    expect(count(1284)).toBe("1,284");
  });
});

describe("a time in a zone that the web view does not know", () => {
  const unknown = "America/Nowhere_Known";

  it("is shown in UTC with its name", () => {
    expect(knowsZone(unknown)).toBe(false);
    expect(clock(AT, unknown)).toBe("17:04");
    expect(inZone(AT, unknown)).toBe("17:04 UTC, planned in America/Nowhere Known (18:04 here)");
    expect(placeName(unknown)).toBe("UTC, planned in America/Nowhere Known");
  });

  it("is named even where UTC is the reader's own time", () => {
    expect(inZone(AT, unknown)).toContain("America/Nowhere Known");
    expect(knowsZone("")).toBe(false);
    expect(dayAndClock(AT, "")).toBe("Sun 22 Nov 2026, 17:04");
  });
});
