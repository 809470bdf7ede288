import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ClipPlanDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { aRecording, fakeShell, held, idOf, refused } from "../../test/recordings";
import ClipDialog from "./ClipDialog.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

const plan = (more: Partial<ClipPlanDto> = {}): ClipPlanDto => ({
  last_second: 3612,
  from_second: 245,
  to_second: 3600,
  reasons: ["No participant was in before 18:04."],
  strip: ["https://stream.example/1.jpg", "https://stream.example/2.jpg"],
  ...more,
});

const playback = { hls_url: "https://stream.example/v/m.m3u8", poster_url: null, expires_at: "2099-01-01T00:00:00Z" };
const clip = aRecording(2, { title: "Class 1 (cut)" });

function open(answers: Parameters<typeof fakeShell>[0] = {}) {
  const shell = fakeShell({
    recording_clip_plan: () => plan(),
    recording_play: () => playback,
    recording_clip: () => clip,
    ...answers,
  });
  const shown = vi.fn();
  const rendered = render(ClipDialog, { recording: aRecording(1), open: true, onshow: shown });
  return { shell, shown, ...rendered };
}

const field = (name: "from" | "to") => screen.getByTestId<HTMLInputElement>(`clip-${name}`);
const handle = (name: "begin" | "end") => screen.getByTestId<HTMLInputElement>(`clip-${name}`);

beforeEach(() => Object.values(toasts).forEach((toast) => toast.mockReset()));

describe("cutting", () => {
  it("begins with what is suggested, says why, and has no barriers", async () => {
    open();
    await waitFor(() => expect(field("from")).toHaveValue("4:05"));
    expect(field("to")).toHaveValue("1:00:00");
    expect(screen.getByTestId("clip-reasons")).toHaveTextContent("No participant was in before 18:04.");
    expect(handle("begin")).toHaveAttribute("aria-valuetext", "4:05");
    expect(screen.getByTestId("clip-length")).toHaveTextContent("The part is 55:55 long.");
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });

  it("takes typed times, and Enter cuts and offers to open the part", async () => {
    const user = userEvent.setup();
    const { shell, shown } = open();
    await waitFor(() => expect(field("from")).toHaveValue("4:05"));
    await user.clear(field("from"));
    await user.type(field("from"), "0:01:00");
    expect(handle("begin")).toHaveValue("60");
    await user.clear(field("to"));
    await user.type(field("to"), "90{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(shell.sent("recording_clip")).toEqual([{ id: idOf(1), fromSecond: 60, toSecond: 90 }]);
    const [, words, go] = toasts.undoable.mock.calls[0]!;
    expect(words).toContain("Class 1 (cut)");
    go();
    expect(shown).toHaveBeenCalledWith(clip);
  });

  it("has handles that never pass each other", async () => {
    open();
    await waitFor(() => expect(field("from")).toHaveValue("4:05"));
    await fireEvent.input(handle("begin"), { target: { value: "3605" } });
    expect(field("from")).toHaveValue("59:59");
    await fireEvent.input(handle("end"), { target: { value: "10" } });
    expect(field("to")).toHaveValue("1:00:00");
  });

  it.each([
    ["from", "soon", "Write a time"],
    ["from", "1:00:01", "comes before the end"],
    ["to", "2:00:00", "The recording is 1:00:12 long."],
  ] as const)("is not offered for %s %s", async (name, text, why) => {
    const user = userEvent.setup();
    const { shell } = open();
    await waitFor(() => expect(field("from")).toHaveValue("4:05"));
    await user.clear(field(name));
    await user.type(field(name), `${text}{Enter}`);
    expect(field(name)).toHaveAccessibleDescription(expect.stringContaining(why));
    expect(screen.getByTestId("clip-cut")).toBeDisabled();
    expect(shell.sent("recording_clip")).toEqual([]);
  });

  it("shows the same picture several times where the recording is short", async () => {
    const same = "https://stream.example/1.jpg";
    open({ recording_clip_plan: () => plan({ strip: [same, same, same] }) });
    await screen.findByTestId("clip-from");
    expect(document.querySelectorAll(`.strip img[src="${same}"]`)).toHaveLength(3);
  });

  it("keeps the handle within reach that can be moved where both meet", async () => {
    open({ recording_clip_plan: () => plan({ from_second: 3611, to_second: 3612 }) });
    await waitFor(() => expect(field("from")).toHaveValue("1:00:11"));
    expect(handle("begin").style.zIndex).toBe("1");
    await fireEvent.input(handle("begin"), { target: { value: "5" } });
    expect(handle("begin").style.zIndex).toBe("");
  });

  it("takes the whole, or what is suggested, at once", async () => {
    const user = userEvent.setup();
    open();
    await user.click(await screen.findByRole("button", { name: "From end to end" }));
    expect([field("from").value, field("to").value]).toEqual(["0:00", "1:00:12"]);
    await user.click(screen.getByRole("button", { name: "Use what is suggested" }));
    expect([field("from").value, field("to").value]).toEqual(["4:05", "1:00:00"]);
  });

  it("shows a refusal and stays open, and is sent once", async () => {
    const user = userEvent.setup();
    const waiting = held<typeof clip>();
    const { shell } = open({ recording_clip: () => waiting.promise });
    await waitFor(() => expect(field("from")).toHaveValue("4:05"));
    await user.type(field("to"), "{Enter}{Enter}");
    expect(shell.sent("recording_clip")).toHaveLength(1);
    waiting.refuse({ code: "conflict", message: "This part was cut already.", next: "Choose another part." });
    expect(await screen.findByTestId("clip-refusal")).toHaveTextContent("Choose another part.");
  });

  it("says why a recording cannot be looked at, and tries again", async () => {
    const user = userEvent.setup();
    open({ recording_clip_plan: refused("not_ready", "It is not ready yet.", "Wait.") });
    await screen.findByTestId("clip-error");
    fakeShell({ recording_clip_plan: () => plan(), recording_play: () => playback });
    await user.click(screen.getByRole("button", { name: /again/iu }));
    expect(await screen.findByTestId("clip-from")).toHaveValue("4:05");
  });
});
