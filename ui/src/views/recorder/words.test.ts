import { describe, expect, it } from "vitest";
import type { LiveDto, ProofState } from "../../ipc/bindings";
import { recording, session, storeFor } from "../../ipc/mock-data";
import { checkWords, elapsed, hours, plan, planWords, recordingMove, upcoming } from "./words";

const now = new Date("2026-11-22T17:00:00Z");
const at = (minutes: number) => now.getTime() + minutes * 60_000;

describe("words of Today", () => {
  it("count from when the session really began", () => {
    expect(elapsed(session(1, at(-30)), now)).toBe(0);
    expect(elapsed(session(1, at(-30), { started_at: "2026-11-22T16:17:43Z" }), now)).toBe(2537);
  });

  it("say the planned end, then how far over it is", () => {
    expect(planWords(session(1, at(0), { timezone: "Europe/Berlin" }), now)).toBe("of 60 min · ends 19:00");
    expect(planWords(session(1, at(-72)), now)).toBe("of 60 min · 12 min over");
  });

  it("name the zone of a session that is elsewhere", () => {
    expect(hours(session(1, at(0), { timezone: "Europe/Berlin" }))).toBe("18:00 – 19:00");
    expect(hours(session(1, at(0), { timezone: "Asia/Tokyo" }))).toBe("18:00 – 19:00 · 02:00 in Asia/Tokyo");
    expect(plan(session(1, at(0), { record: false }))).toBe("not recorded · up to 50 people");
  });

  it("list what can still be held within seven days, the soonest first", () => {
    const rows = [
      session(1, at(6 * 24 * 60)),
      session(2, at(8 * 24 * 60)),
      session(3, at(-30)),
      session(4, at(-90)),
      session(5, at(5), { status: "cancelled" }),
      session(6, at(-500), { status: "starting" }),
      session(7, at(10), { status: "live" }),
    ];
    expect(upcoming(rows, now).map((row) => row.id)).toEqual([rows[5], rows[2], rows[0]].map((row) => row?.id));
  });

  it.each<[ProofState, ReturnType<typeof recordingMove>]>([
    ["recording", "pause"],
    ["paused", "resume"],
    ["stopped", "resume"],
    ["alarm", "resume"],
    ["starting", null],
    ["waiting_for_people", null],
    ["not_recorded", null],
  ])("while %s, P does %s", (proof, move) => {
    const live = storeFor("live", now.getTime()).live[0] as LiveDto;
    expect(recordingMove({ ...live, proof })).toBe(move);
    expect(recordingMove({ ...live, proof, session: { ...live.session, status: "ending" } })).toBeNull();
  });

  it("say when it is looked at next", () => {
    expect(checkWords(recording(1, at(0), { next_check: "2026-11-22T17:00:12Z" }), now)).toBe("Next check in 12 s");
    expect(checkWords(recording(1, at(0), { next_check: "2026-11-22T16:59:00Z" }), now)).toBe("Checking now");
    expect(checkWords(recording(1, at(0), { next_check: null }), now)).toBe("");
    const failed = { status: "FAILED", stage: "failed", next_check: "2026-11-22T17:25:00Z" } as const;
    expect(checkWords(recording(1, at(0), failed), now)).toBe("");
  });
});
