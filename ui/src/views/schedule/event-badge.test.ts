import { describe, expect, it } from "vitest";
import { badgeOf } from "./event-badge";
import { recording, session } from "../../test/schedule";

const before = new Date("2026-11-23T12:00:00Z");
const after = new Date("2026-11-24T12:00:00Z");

describe("the badge of a session", () => {
  it("is “Scheduled” until its time is over, then “Not held”", () => {
    expect(badgeOf(session(), {}, before)).toEqual({ tone: "info", words: "Scheduled" });
    expect(badgeOf(session(), {}, after)).toEqual({ tone: "plain", words: "Not held" });
  });

  it("is that of the attached recording after the time of a session that was never started", () => {
    const held = session({ recording_id: "recording-1" });
    expect(badgeOf(held, { recording: recording() }, after)).toEqual({ tone: "ready", words: "Ready" });
    expect(badgeOf(held, { recording: recording() }, before).words).toBe("Scheduled");
  });

  it("is “Live”, with the number of people once it is known", () => {
    const live = session({ status: "live" });
    expect(badgeOf(live, {}, before)).toEqual({ tone: "live", words: "Live" });
    expect(badgeOf(live, { people: null }, before).words).toBe("Live");
    expect(badgeOf(live, { people: 1 }, before).words).toBe("Live, 1 person");
    expect(badgeOf(live, { people: 23 }, before).words).toBe("Live, 23 people");
  });

  it("shows the state of the recording once it was fetched, and “Ended” before", () => {
    const ended = session({ status: "ended", recording_id: "recording-1" });
    expect(badgeOf(ended, {}, after)).toEqual({ tone: "plain", words: "Ended" });
    expect(badgeOf(ended, { recording: recording() }, after)).toEqual({ tone: "ready", words: "Ready" });
    expect(badgeOf(ended, { recording: recording({ status: "PROCESSING" }) }, after).tone).toBe("wait");
    expect(badgeOf(ended, { recording: recording({ status: "FAILED" }) }, after)).toEqual({
      tone: "fail",
      words: "Recording failed",
    });
    const removed = recording({ status: "FAILED", removed_at: "2026-11-24T11:00:00Z" });
    expect(badgeOf(ended, { recording: removed }, after)).toEqual({ tone: "plain", words: "Recording removed" });
    const deleted = recording({ status: "FAILED", deleted_at: "2026-11-24T11:00:00Z" });
    expect(badgeOf(ended, { recording: deleted }, after)).toEqual({ tone: "plain", words: "Recording deleted" });
    expect(badgeOf(session({ status: "ended" }), {}, after).words).toBe("Ended, not recorded");
  });
});
