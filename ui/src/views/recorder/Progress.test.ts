import { render, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { RecordingDto } from "../../ipc/client";
import Progress from "./Progress.svelte";
import { aFailure, aRecording } from "../../test/recordings";

const now = new Date("2026-11-20T18:30:00Z");

function show(more: Partial<RecordingDto>, offline = false) {
  const nothing = () => {};
  const recording = aRecording(1, { status: "PROCESSING", stage: "importing", step: 3, ...more });
  render(Progress, {
    recording,
    now,
    offline,
    retrying: false,
    saving: false,
    guess: null,
    onretry: nothing,
    onsave: nothing,
    onlive: nothing,
    removing: false,
    onremove: nothing,
    onattach: nothing,
    onexplain: nothing,
  });
}

describe("a recording on its way", () => {
  it("shows the forecast", () => {
    show({ expected: { likely: "2026-11-20T18:42:00Z", latest: "2026-11-20T18:47:00Z" } });
    expect(screen.getByTestId("ready-words")).toHaveTextContent("Ready about 19:42, very likely by 19:47.");
  });

  it("shows the wait for the network instead of a forecast", () => {
    show({ expected: { likely: "2026-11-20T18:20:00Z", latest: "2026-11-20T18:25:00Z" } }, true);
    expect(screen.getByTestId("ready-words")).toHaveTextContent("Waiting for the network, then continues by itself.");
  });

  it("shows nothing when there is no forecast", () => {
    show({ expected: null });
    expect(screen.queryByTestId("ready-words")).toBeNull();
  });
});

describe("a failed recording", () => {
  it("shows when Hajime tries again by itself", () => {
    show(aFailure(1, { next_check: "2026-11-20T18:55:00Z" }));
    expect(screen.getByTestId("recording-again")).toHaveTextContent("Hajime tries again by itself in 25 min.");
    expect(screen.queryByText(/next look/i)).toBeNull();
  });

  it("shows “now” when the retry is due", () => {
    show(aFailure(1, { next_check: "2026-11-20T18:29:59Z" }));
    expect(screen.getByTestId("recording-again")).toHaveTextContent("Hajime tries again by itself now.");
  });

  it("shows no retry where only a person can retry", () => {
    show(aFailure(1, { next_check: null }));
    expect(screen.queryByTestId("recording-again")).toBeNull();
  });
});
