import { describe, expect, it } from "vitest";
import { isTooEarly, mayOpen, pauseBefore } from "./waiting.js";

const OPENS = 1_800_000_000;
const at = (minutes) => OPENS * 1000 + minutes * 60_000;

describe("waiting for a room", () => {
  it("asks nothing until a quarter of an hour before the class", () => {
    expect(isTooEarly(OPENS, at(-16))).toBe(true);
    expect(isTooEarly(OPENS, at(-14))).toBe(false);
    expect(isTooEarly(null, at(-16))).toBe(false);
  });

  it("tries until an hour after the class should have begun, and not without a time", () => {
    expect([mayOpen(OPENS, at(-600)), mayOpen(OPENS, at(59)), mayOpen(OPENS, at(61)), mayOpen(null, at(0))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("tries every 20 to 40 seconds, so that a whole class does not ask at once", () => {
    expect(pauseBefore(OPENS, at(-10), 0)).toBe(20_000);
    expect(pauseBefore(OPENS, at(5), 0.999)).toBeGreaterThan(39_000);
  });

  it("waits for the quarter of an hour before, and looks at the clock every hour", () => {
    expect(pauseBefore(OPENS, at(-25), 0)).toBe(10 * 60_000);
    expect(pauseBefore(OPENS, at(-60 * 24 * 40), 0)).toBe(60 * 60_000);
  });
});
