import { describe, expect, it } from "vitest";
import { errorsOf, secondsIn } from "./clip";

describe("a place in a video", () => {
  it.each([
    ["1:02:03", 3723],
    [" 12:05 ", 725],
    ["90", 90],
    ["0:00:00", 0],
  ])("%s is read", (text, seconds) => expect(secondsIn(text)).toBe(seconds));

  it.each(["", ":", "1:", "1:60", "1:2:3:4", "-1", "1.5", "soon"])("“%s” is not", (text) =>
    expect(secondsIn(text)).toBeNull(),
  );
});

describe("a part", () => {
  it("lies within the recording and begins before it ends", () => {
    expect(errorsOf(10, 40, 40)).toEqual({});
    expect(errorsOf(10, 41, 40)).toEqual({ to: "The recording is 0:40 long." });
    expect(errorsOf(40, 40, 40)).toHaveProperty("from");
    expect(Object.keys(errorsOf(null, null, 40))).toEqual(["from", "to"]);
  });
});
