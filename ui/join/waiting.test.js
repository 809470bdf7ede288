import { describe, expect, it } from "vitest";
import { mayOpen, pauseBefore } from "./waiting.js";

const OPENS = 1_800_000_000;
const at = (minutes) => OPENS * 1000 + minutes * 60_000;

describe("waiting for a room", () => {
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

  it("tries every five to six minutes while the class is further ahead, because it may be started early", () => {
    expect(pauseBefore(OPENS, at(-25), 0)).toBe(5 * 60_000);
    expect(pauseBefore(OPENS, at(-60 * 24 * 40), 0.5)).toBe(5.5 * 60_000);
    expect(pauseBefore(OPENS, at(-17), 0)).toBe(2 * 60_000);
  });
});
