import { describe, expect, it } from "vitest";
import { aRecording } from "../../test/recordings";
import { readyWords } from "./words";

// The tests run in Europe/Berlin: 19:30 there.
const now = new Date("2026-11-20T18:30:00Z");
const expecting = (likely: string, latest: string) =>
  aRecording(1, { status: "PROCESSING", stage: "importing", expected: { likely, latest } });

describe("when it will be ready", () => {
  it.each([
    ["2026-11-20T18:42:20Z", "2026-11-20T18:46:10Z", "Ready about 19:42, very likely by 19:47"],
    ["2026-11-20T18:41:40Z", "2026-11-20T18:42:00Z", "Ready about 19:42"],
    ["2026-11-20T18:30:59Z", "2026-11-20T18:40:00Z", "Ready any moment now"],
    ["2026-11-20T18:20:00Z", "2026-11-20T18:25:00Z", "Ready any moment now"],
    ["2026-11-20T22:58:00Z", "2026-11-20T23:05:00Z", "Ready about 23:58, very likely by 00:05 tomorrow"],
    ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", "Ready about 09:00 on Sun 22 Nov"],
  ])("is said of %s and %s", (likely, latest, words) => {
    expect(readyWords(expecting(likely, latest), now)).toBe(words);
  });

  it("waits for the network while there is none", () => {
    const row = expecting("2026-11-20T18:20:00Z", "2026-11-20T18:25:00Z");
    expect(readyWords(row, now, true)).toBe("Waits for the network; goes on by itself");
    expect(readyWords(aRecording(1, { status: "READY" }), now, true)).toBe("");
  });

  it("is not made up", () => {
    expect(readyWords(aRecording(1, { status: "PROCESSING", stage: "stopping" }), now)).toBe("");
  });
});
