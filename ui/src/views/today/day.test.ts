import { describe, expect, it } from "vitest";
import { session } from "../../test/desk";
import { countDown, dayRows, daySum, spokenCountDown } from "./day";

const noon = new Date();
noon.setHours(12, 0, 0, 0);
const MINUTE = 60_000;
const at = (minutes: number) => noon.getTime() + minutes * MINUTE;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();

describe("the count-down", () => {
  it("is rounded up, says when it is time, and counts how late it is", () => {
    expect(countDown(iso(9), noon)).toEqual({ number: "9 min", words: "until it starts" });
    expect(countDown(new Date(at(8) + 1_000).toISOString(), noon).number).toBe("9 min");
    expect(countDown(iso(0), noon)).toEqual({ number: "Now", words: "it is time to start" });
    expect(countDown(iso(-7), noon)).toEqual({ number: "7 min", words: "late" });
    expect(countDown(iso(150), noon).number).toBe("2 h 30 min");
    expect(countDown(iso(2 * 1440 + 5), noon).number).toBe("2 days");
  });

  it("is spoken at 10, 5, 1 and 0 minutes and at no other", () => {
    const spoken = Array.from({ length: 15 }, (_, minutes) => spokenCountDown("Judo", iso(minutes), noon));
    expect(spoken.flatMap((words, minutes) => (words ? [minutes] : []))).toEqual([0, 1, 5, 10]);
    expect(spoken[1]).toBe("“Judo” starts in 1 minute.");
    expect(spoken[0]).toBe("“Judo” starts now.");
    expect(spokenCountDown("Judo", iso(-1), noon)).toBeUndefined();
  });
});

describe("the day", () => {
  it("lists today's classes in their order with the state of each", () => {
    const rows = dayRows(
      [
        session(6, at(60), { title: "Next" }),
        session(1, at(-180), { title: "Done", status: "ended", recording_id: "r", record: true }),
        session(2, at(-170), { title: "Lost", status: "ended", recording_id: null, record: true }),
        session(3, at(-120), { title: "Missed", status: "scheduled", end: iso(-60) }),
        session(4, at(-10), { title: "Live", status: "live" }),
        session(5, at(30), { title: "Cancelled", status: "cancelled" }),
        session(7, at(3 * 1440), { title: "Another day" }),
      ],
      session(6, at(60)).id,
      noon,
    );
    expect(rows.map(({ session: { title }, state }) => [title, state])).toEqual([
      ["Done", "done"],
      ["Lost", "unrecorded"],
      ["Missed", "missed"],
      ["Live", "live"],
      ["Next", "next"],
    ]);
    expect(daySum(rows)).toBe("2 classes done, 1 to come");
    expect(daySum([])).toBe("");
  });
});
