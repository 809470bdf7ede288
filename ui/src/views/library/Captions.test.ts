import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { barriers } from "../../test/axe";
import { fakeShell, idOf, refused } from "../../test/recordings";
import Captions from "./Captions.svelte";
import PictureSound from "./PictureSound.svelte";

const german = { language: "de", generated: true, state: "ready", lines: 3 } as const;
const lines = [
  { start_ms: 0, end_ms: 4_000, text: "Guten Abend" },
  { start_ms: 5_000, end_ms: 9_000, text: "Hajime" },
  { start_ms: 60_000, end_ms: 64_000, text: "Yame" },
];

function show(position = 0, onplay = vi.fn()) {
  const shown = render(Captions, { recordingId: idOf(1), position, onplay });
  return { ...shown, onplay };
}

describe("the captions of a recording", () => {
  it("mark the line that is said, lead into the video and say who made them", async () => {
    fakeShell({ recording_captions: () => [german], recording_captions_lines: () => lines });
    const { onplay, rerender } = show(6);
    expect(await screen.findByText("Hajime")).toBeInTheDocument();
    expect(screen.getByText("made by Stream")).toBeInTheDocument();
    const current = () => document.querySelector('[aria-current="true"]')?.textContent;
    expect(current()).toContain("Hajime");
    await rerender({ position: 61 });
    expect(current()).toContain("Yame");
    await userEvent.click(screen.getByText("Hajime"));
    expect(onplay).toHaveBeenCalledWith(5);
    expect(await barriers()).toEqual([]);
  });

  it("show why a file was refused, with its line", async () => {
    fakeShell({
      recording_captions: () => [],
      recording_captions_upload: () => {
        refused("invalid_input", "Line 3: The caption does not end after it begins.", "Correct the file.")();
      },
    });
    show();
    const file = new File(["WEBVTT\n\n00:02.000 --> 00:01.000\nback\n"], "a.vtt", { type: "text/vtt" });
    await fireEvent.change(await screen.findByTestId("captions-file"), { target: { files: [file] } });
    expect(await screen.findByTestId("captions-action-error")).toHaveTextContent("Line 3");
  });

  it("are corrected by their text alone, and their times stay", async () => {
    const shell = fakeShell({
      recording_captions: () => [german],
      recording_captions_lines: () => lines,
      recording_captions_edit: () => [{ ...german, generated: false }],
    });
    show();
    await userEvent.click(await screen.findByTestId("captions-edit-de"));
    const field = await screen.findByLabelText("0:05");
    await userEvent.clear(field);
    await userEvent.type(field, "Hajime!");
    expect(await barriers()).toEqual([]);
    await userEvent.click(screen.getByTestId("edit-captions-save"));
    await waitFor(() => expect(shell.sent("recording_captions_edit")).toHaveLength(1));
    expect(shell.sent("recording_captions_edit")[0]).toMatchObject({
      language: "de",
      changes: [{ n: 1, start_ms: 5_000, text: "Hajime!" }],
    });
  });

  it("are deleted only after a question", async () => {
    const shell = fakeShell({
      recording_captions: () => [german],
      recording_captions_lines: () => lines,
      recording_captions_delete: () => [],
    });
    show();
    await userEvent.click(await screen.findByTestId("captions-delete-de"));
    expect(shell.sent("recording_captions_delete")).toHaveLength(0);
    await userEvent.click(await screen.findByTestId("captions-delete-confirm"));
    await waitFor(() => expect(shell.sent("recording_captions_delete")).toHaveLength(1));
  });
});

describe("the check of picture and sound", () => {
  it("lists what was found and leads to it", async () => {
    const stretches = [
      { flaw: "offline", words: "The recorder was probably offline", start_ms: 730_000, end_ms: 880_000 },
    ];
    fakeShell({ recording_check: () => ({ waits: false, muted: false, sentence: "1 part to look at.", stretches }) });
    const onplay = vi.fn();
    render(PictureSound, { recordingId: idOf(1), onplay });
    await userEvent.click(await screen.findByTestId("stretch"));
    expect(screen.getByTestId("stretch")).toHaveTextContent("12:10–14:40");
    expect(onplay).toHaveBeenCalledWith(730);
    expect(await barriers()).toEqual([]);
  });

  it("can be asked for where a recording was not checked", async () => {
    const shell = fakeShell({
      recording_check: () => null,
      recording_check_again: () => ({ waits: true, muted: false, sentence: "…", stretches: [] }),
    });
    render(PictureSound, { recordingId: idOf(1), onplay: () => {} });
    await userEvent.click(await screen.findByText("Check now"));
    await waitFor(() => expect(shell.sent("recording_check_again")).toHaveLength(1));
  });
});
