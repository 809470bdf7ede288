import { describe, expect, it } from "vitest";
import { useDesk } from "../test/desk";
import { api, asUserError, onChanged, onOpenRecording } from "./client";

describe("asUserError", () => {
  it("returns an error of the shell unchanged", () => {
    const error = { code: "offline", message: "m", next: "n" };
    expect(asUserError(error)).toBe(error);
  });
  it.each([[new Error("boom.")], ["boom"], [{ code: 5 }], [null], [undefined]])("words %s as an error", (thrown) => {
    const error = asUserError(thrown);
    expect(error.code).toBe("internal");
    expect(error.message).toMatch(/^Hajime could not finish that/);
    expect(error.message).not.toContain("..");
    expect(error.next).toMatch(/Try again/);
  });
});

describe("api", () => {
  it("sends arguments under the names that the shell expects", async () => {
    const desk = useDesk("live", { link_make: () => null, recording_pause: () => null, recordings_list: () => null });
    await api.linkMake("r1", 6, true);
    await api.recordingPause("s1");
    await api.recordingsList({ search: "", filter: "all", limit: 1, offset: 0 });
    expect(desk.calls).toEqual([
      { command: "link_make", args: { recordingId: "r1", hours: 6, download: true } },
      { command: "recording_pause", args: { sessionId: "s1" } },
      { command: "recordings_list", args: { query: { search: "", filter: "all", limit: 1, offset: 0 } } },
    ]);
  });

  it("rejects with an error that can be shown", async () => {
    useDesk("live", {
      desk_status: () => {
        throw new TypeError("nope");
      },
    });
    await expect(api.deskStatus()).rejects.toMatchObject({ code: "internal", next: expect.any(String) });
    useDesk("offline");
    const [live] = await api.liveList();
    await expect(api.sessionInvite(live?.session.id ?? "")).rejects.toMatchObject({ code: "offline" });
  });

  it("calls back at events until it is stopped", () => {
    const desk = useDesk("empty");
    const heard: unknown[] = [];
    const stops = [onChanged((topics) => heard.push(topics)), onOpenRecording((id) => heard.push(id))];
    desk.emit("changed", { topics: ["links"] });
    desk.emit("open_recording", "r1");
    desk.emit("open_recording", { not: "an id" });
    stops.forEach((stop) => stop());
    desk.emit("changed", { topics: ["desk"] });
    expect(heard).toEqual([["links"], "r1"]);
  });
});
