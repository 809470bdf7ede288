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
  it("says when it will be ready", () => {
    show({ expected: { likely: "2026-11-20T18:42:00Z", latest: "2026-11-20T18:47:00Z" } });
    expect(screen.getByTestId("ready-words")).toHaveTextContent("Ready about 19:42, very likely by 19:47.");
  });

  it("waits for the network instead of promising", () => {
    show({ expected: { likely: "2026-11-20T18:20:00Z", latest: "2026-11-20T18:25:00Z" } }, true);
    expect(screen.getByTestId("ready-words")).toHaveTextContent("Waiting for the network, then continues by itself.");
  });

  it("says nothing of it when that is not known", () => {
    show({ expected: null });
    expect(screen.queryByTestId("ready-words")).toBeNull();
  });
});

describe("a failed recording", () => {
  it("says when it is tried again without anybody asking", () => {
    show(aFailure(1, { next_check: "2026-11-20T18:55:00Z" }));
    expect(screen.getByTestId("recording-again")).toHaveTextContent("Hajime tries again by itself in 25 min.");
    expect(screen.queryByText(/next look/i)).toBeNull();
  });

  it("says so also in the moment in which it is due", () => {
    show(aFailure(1, { next_check: "2026-11-20T18:29:59Z" }));
    expect(screen.getByTestId("recording-again")).toHaveTextContent("Hajime tries again by itself now.");
  });

  it("promises nothing where only people can", () => {
    show(aFailure(1, { next_check: null }));
    expect(screen.queryByTestId("recording-again")).toBeNull();
  });
});
