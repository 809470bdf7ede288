import { describe, expect, it } from "vitest";
import type { LiveDto, ProofState } from "../../ipc/client";
import { recording, session, storeFor } from "../../test/desk";
import { aRecording } from "../../test/recordings";
import { checkWords, elapsed, readyWords, recordingMove } from "./words";

// The tests run in Europe/Berlin.
const now = new Date("2026-11-22T17:00:00Z");
const at = (minutes: number) => now.getTime() + minutes * 60_000;

describe("a live session", () => {
  it("counts the seconds since it really began, and none before that", () => {
    expect(elapsed(session(1, at(-30)), now)).toBe(0);
    expect(elapsed(session(1, at(-30), { started_at: "2026-11-22T16:17:43Z" }), now)).toBe(2537);
  });

  it.each<[ProofState, ReturnType<typeof recordingMove>]>([
    ["recording", "pause"],
    ["paused", "resume"],
    ["stopped", "resume"],
    ["alarm", "resume"],
    ["starting", null],
    ["waiting_for_people", null],
    ["not_recorded", null],
  ])("with the proof %s, the key P does %s, and nothing while the session ends", (proof, move) => {
    const live = storeFor("live", now.getTime()).live[0] as LiveDto;
    expect(recordingMove({ ...live, proof }, now)).toBe(move);
    expect(recordingMove({ ...live, proof, session: { ...live.session, status: "ending" } }, now)).toBeNull();
  });

  it("lets P record again what was not confirmed for a minute, as the button says", () => {
    const live = storeFor("live", now.getTime()).live[0] as LiveDto;
    const unconfirmed = {
      ...live,
      proof: "recording" as const,
      confirmed_at: new Date(now.getTime() - 120_000).toISOString(),
    };
    expect(recordingMove(unconfirmed, now)).toBe("resume");
  });
});

describe("the next check", () => {
  it("is shown in seconds, as running once it is due, and not for a failed recording", () => {
    expect(checkWords(recording(1, at(0), { next_check: "2026-11-22T17:00:12Z" }), now)).toBe("Next check in 12 s");
    expect(checkWords(recording(1, at(0), { next_check: "2026-11-22T16:59:00Z" }), now)).toBe("Checking now");
    expect(checkWords(recording(1, at(0), { next_check: null }), now)).toBe("");
    const failed = { status: "FAILED", stage: "failed", next_check: "2026-11-22T17:25:00Z" } as const;
    expect(checkWords(recording(1, at(0), failed), now)).toBe("");
  });
});

describe("the forecast", () => {
  const evening = new Date("2026-11-20T18:30:00Z"); // 19:30 in Berlin
  const expecting = (likely: string, latest: string) =>
    aRecording(1, { status: "PROCESSING", stage: "importing", expected: { likely, latest } });

  it.each([
    ["2026-11-20T18:42:20Z", "2026-11-20T18:46:10Z", "Ready about 19:42, very likely by 19:47"],
    ["2026-11-20T18:41:40Z", "2026-11-20T18:42:00Z", "Ready about 19:42"],
    ["2026-11-20T18:30:59Z", "2026-11-20T18:40:00Z", "Ready any moment now"],
    ["2026-11-20T18:20:00Z", "2026-11-20T18:25:00Z", "Ready any moment now"],
    ["2026-11-20T22:58:00Z", "2026-11-20T23:05:00Z", "Ready about 23:58, very likely by 00:05 tomorrow"],
    ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", "Ready about 09:00 on Sun 22 Nov"],
  ])("with likely %s and latest %s reads “%s”", (likely, latest, words) => {
    expect(readyWords(expecting(likely, latest), evening)).toBe(words);
  });

  it("is replaced by the wait for the network of a recording that is processed", () => {
    const row = expecting("2026-11-20T18:20:00Z", "2026-11-20T18:25:00Z");
    expect(readyWords(row, evening, true)).toBe("Waiting for the network, then continues by itself");
    expect(readyWords(aRecording(1, { status: "READY" }), evening, true)).toBe("");
  });

  it("is empty when the core has none", () => {
    expect(readyWords(aRecording(1, { status: "PROCESSING", stage: "stopping" }), evening)).toBe("");
  });
});
