import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AttachedDto, CandidateDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import AttachDialog from "./AttachDialog.svelte";
import { aRecording, fakeShell, held, idOf, refused } from "../../test/recordings";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const VIDEO = "ea95132c15732412d22c1476fa83f27a";
const RECORDING = "97cb0c4e-6f4a-4f0e-9f0a-0d1f2e3a4b5c";
const HOSTILE = `<img src=x onerror="window.__hit=1"> ${"very long ".repeat(20)}`;

function candidate(more: Partial<CandidateDto> = {}): CandidateDto {
  return {
    kind: "video",
    id: VIDEO,
    name: "karate (phone).mp4",
    made_at: "2026-11-20T19:30:00Z",
    duration_seconds: 1810,
    size_bytes: 212_000_000,
    same_room: false,
    reason: "Came to Stream 1 hour after the class.",
    ...more,
  };
}

const inRoom = candidate({
  kind: "cloud_recording",
  id: RECORDING,
  name: null,
  same_room: true,
  duration_seconds: null,
  size_bytes: null,
  reason: "Made in this session’s room; starts with the class.",
});

const session = { id: "session-1", title: "Karate" };
const other = { id: "session-2", title: "Aikido" };

function open(more: { recordingId?: string } = {}) {
  const closed = vi.fn();
  const attached = vi.fn();
  const shown = render(AttachDialog, { session, onclose: closed, onattached: attached, ...more });
  return { closed, attached, ...shown };
}

const choices = () => screen.queryAllByTestId("attach-candidate");
const answer = (already = false): AttachedDto => ({ recording: aRecording(1), already });

beforeEach(() => {
  toasts.done.mockReset();
  toasts.problem.mockReset();
});

describe("the candidates", () => {
  it("are listed with kind and reason, and the keyboard alone attaches one", async () => {
    const user = userEvent.setup();
    const shell = fakeShell({ attach_candidates: () => [inRoom, candidate()], attach: () => answer() });
    const { closed, attached } = open({ recordingId: idOf(1) });
    await waitFor(() => expect(choices()).toHaveLength(2));
    expect(choices()[0]).toHaveTextContent("Without a name");
    expect(choices()[0]).toHaveTextContent("Made in this session’s room; starts with the class.");
    expect(choices()[0]).toHaveTextContent("Recording at RealtimeKit");
    expect(choices()[1]).toHaveTextContent("karate (phone).mp4");
    expect(choices()[1]).toHaveTextContent(/Video in Stream · .* · 30:10 · 212 MB/);
    expect(screen.getByTestId("attach")).toBeDisabled();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);

    within(choices()[0]!).getByRole("radio").focus();
    await user.keyboard(" {ArrowDown}");
    expect(within(choices()[1]!).getByRole("radio")).toBeChecked();
    await user.keyboard("{ArrowUp}{Enter}");
    await waitFor(() => expect(closed).toHaveBeenCalledOnce());
    expect(shell.sent("attach_candidates")).toEqual([{ sessionId: "session-1" }]);
    expect(shell.sent("attach")).toEqual([
      { sessionId: "session-1", form: { kind: "cloud_recording", id: RECORDING }, recordingId: idOf(1) },
    ]);
    expect(attached.mock.calls[0]?.[0]).toMatchObject({ id: idOf(1) });
    expect(toasts.done).toHaveBeenCalledWith("Attached", "Class 1");
  });

  it("show a loading text, then that there are none", async () => {
    const waiting = held<CandidateDto[]>();
    fakeShell({ attach_candidates: () => waiting.promise });
    open();
    expect(await screen.findByRole("status")).toHaveTextContent("Looking for recordings at Cloudflare…");
    waiting.answer([]);
    expect(await screen.findByTestId("attach-empty")).toHaveTextContent(
      "No video or recording at Cloudflare looks like this class.",
    );
    expect(screen.getByTestId("attach")).toBeDisabled();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });

  it("show why they cannot be read, and are fetched again on demand", async () => {
    let offline = true;
    fakeShell({
      attach_candidates: () => {
        if (offline) throw { code: "offline", message: "Cloudflare cannot be reached.", next: "Check the network." };
        return [candidate()];
      },
    });
    open();
    const note = await screen.findByTestId("attach-error");
    expect(note).toHaveTextContent("Cloudflare cannot be reached. Check the network.");
    offline = false;
    await userEvent.click(within(note).getByRole("button"));
    await waitFor(() => expect(choices()).toHaveLength(1));
    expect(screen.queryByTestId("attach-error")).toBeNull();
  });

  it("with HTML in their names are shown as text", async () => {
    fakeShell({ attach_candidates: () => [candidate({ name: HOSTILE })] });
    open();
    await waitFor(() => expect(choices()).toHaveLength(1));
    expect(choices()[0]).toHaveTextContent('<img src=x onerror="window.__hit=1">');
    expect(document.querySelector("img")).toBeNull();
    expect("__hit" in window).toBe(false);
  });
});

describe("a pasted id", () => {
  it("replaces the chosen candidate, and Enter attaches it", async () => {
    const user = userEvent.setup();
    const shell = fakeShell({ attach_candidates: () => [candidate()], attach: () => answer(true) });
    const { closed } = open();
    await waitFor(() => expect(choices()).toHaveLength(1));
    await user.click(within(choices()[0]!).getByRole("radio"));
    const field = screen.getByLabelText("Or paste an id");
    await user.click(field);
    await user.paste(`https://dash.cloudflare.com/x/stream/videos/${VIDEO}`);
    expect(within(choices()[0]!).getByRole("radio")).not.toBeChecked();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(closed).toHaveBeenCalledOnce());
    expect(shell.sent("attach")[0]).toMatchObject({
      form: { kind: null, id: `https://dash.cloudflare.com/x/stream/videos/${VIDEO}` },
      recordingId: null,
    });
    expect(toasts.done).toHaveBeenCalledWith("Already attached", "Class 1");
  });

  it("that is refused keeps the dialog open and shows the next step", async () => {
    const user = userEvent.setup();
    fakeShell({
      attach_candidates: () => [],
      attach: refused("conflict", "This video is already attached to “Judo” of 1 May.", "Choose another one."),
    });
    const { closed } = open();
    await screen.findByTestId("attach-empty");
    await user.type(screen.getByTestId("attach-pasted"), VIDEO);
    await user.click(screen.getByTestId("attach"));
    expect(await screen.findByTestId("attach-refusal")).toHaveTextContent("already attached to “Judo”");
    expect(screen.getByTestId("attach-refusal")).toHaveTextContent("Choose another one.");
    expect(closed).not.toHaveBeenCalled();
    expect(await barriers(screen.getByRole("dialog"))).toEqual([]);
  });

  it.each([
    ["closed", async (shown: ReturnType<typeof open>) => shown.rerender({ session: null })],
    ["open for another class", async (shown: ReturnType<typeof open>) => shown.rerender({ session: other })],
    ["unmounted with its view", async (shown: ReturnType<typeof open>) => shown.unmount()],
  ])("that is refused after the dialog was %s is reported as a toast", async (_how, leave) => {
    const user = userEvent.setup();
    const waiting = held<AttachedDto>();
    fakeShell({ attach_candidates: () => [], attach: () => waiting.promise });
    const shown = open();
    await screen.findByTestId("attach-empty");
    await user.type(screen.getByTestId("attach-pasted"), `${VIDEO}{Enter}`);
    await leave(shown);
    const refusal = { code: "conflict", message: "This video is already attached to “Judo”.", next: "Choose another." };
    waiting.refuse(refusal);
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledExactlyOnceWith(refusal));
    expect(screen.queryByTestId("attach-refusal")).toBeNull();
  });

  it("is sent once although Attach is pressed several times", async () => {
    const user = userEvent.setup();
    const waiting = held<AttachedDto>();
    const shell = fakeShell({ attach_candidates: () => [], attach: () => waiting.promise });
    const { closed } = open();
    await screen.findByTestId("attach-empty");
    await user.type(screen.getByTestId("attach-pasted"), `${VIDEO}{Enter}{Enter}`);
    expect(screen.getByTestId("attach")).toHaveTextContent("Attaching…");
    await user.click(screen.getByTestId("attach"));
    expect(shell.sent("attach")).toHaveLength(1);
    waiting.answer(answer());
    await waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });
});
