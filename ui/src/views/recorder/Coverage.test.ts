import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { CoverageDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import Coverage from "./Coverage.svelte";

const COMPLETE = "Complete: the video is 59 min 40 s long, and 59 min 52 s were recorded.";
const SHORT =
  "About 4 min are missing: 58 min were recorded, and the video is 54 min long. Up to 15 s or 2 % are normal.";
const LATE = "Recording began 3 min after it was asked for, and what came before is not in the video.";
const INTERRUPTED = "Nothing was recorded for 4 min between the recording before it and this one.";

const whole: CoverageDto = {
  short: false,
  late: false,
  interrupted: false,
  sentences: [COMPLETE],
  began: "2026-11-20T18:00:00Z",
  ended: "2026-11-20T19:00:00Z",
  paused_seconds: 0,
  expected_seconds: 3592,
  length_seconds: 3580,
  missing_seconds: 12,
  begun_late_seconds: 4,
  hole_seconds: 0,
  file_kept_until: "2026-11-27T19:05:00Z",
};

function show(more: Partial<CoverageDto>, now = "2026-11-21T08:00:00Z") {
  const [onsave, onattach] = [vi.fn(), vi.fn()];
  render(Coverage, { coverage: { ...whole, ...more }, now: new Date(now), saving: false, onsave, onattach });
  return { onsave, onattach };
}

describe("the coverage", () => {
  it("shows one quiet line for a complete video", () => {
    show({});
    expect(screen.getByTestId("coverage-complete")).toHaveTextContent(COMPLETE);
    expect(screen.queryByRole("button")).toBeNull();
  });

  const short = {
    short: true,
    sentences: [SHORT],
    paused_seconds: 120,
    expected_seconds: 3480,
    length_seconds: 3240,
    missing_seconds: 240,
  };

  it("says how much is missing, and offers RealtimeKit's file while it is kept", async () => {
    const { onsave } = show(short);
    const notice = screen.getByTestId("coverage-gap");
    expect(notice).toHaveTextContent(SHORT);
    expect(notice).toHaveTextContent("it is kept until Fri 27 Nov 2026, 20:05");
    await userEvent.click(screen.getByTestId("coverage-save"));
    expect(onsave).toHaveBeenCalledOnce();
    expect(screen.getAllByRole("button")).toHaveLength(1);
    expect(await barriers()).toEqual([]);
  });

  it("offers to attach another recording once RealtimeKit's file has expired", async () => {
    const { onattach } = show({ ...short, paused_seconds: 0 }, "2026-12-01T08:00:00Z");
    expect(screen.getByTestId("coverage-gap")).toHaveTextContent(SHORT);
    await userEvent.click(screen.getByTestId("coverage-attach"));
    expect(onattach).toHaveBeenCalledOnce();
  });

  it("reports a late start, and does not offer RealtimeKit's file for it", () => {
    show({ late: true, sentences: [LATE] });
    expect(screen.getByTestId("coverage-gap")).toHaveTextContent(LATE);
    expect(screen.queryByTestId("coverage-save")).toBeNull();
    expect(screen.getByTestId("coverage-attach")).toBeVisible();
  });

  it("reports an interruption between two recordings of a session", () => {
    show({ late: true, interrupted: true, sentences: [LATE, INTERRUPTED] });
    expect(screen.getByTestId("coverage-gap")).toHaveTextContent(INTERRUPTED);
    expect(screen.getByTestId("coverage-attach")).toBeVisible();
  });
});
