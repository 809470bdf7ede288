import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordingDto, RecordingsQuery, SavedDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { detailTab } from "../../state/library/detail-tab.svelte";
import { barriers } from "../../test/axe";
import Recordings from "./Recordings.svelte";
import { aFailure, aLink, aRecording, fakeShell, giveHeight, held, idOf, pageOf, refused } from "../../test/recordings";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), note: vi.fn(), undoable: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);
// The player has its own tests; here it must not use the network.
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

const HOSTILE = `<img src=x onerror="window.__hit=1"> ${"very long ".repeat(40)}`;

function detailOf(all: readonly RecordingDto[], id: string) {
  const recording = all.find((row) => row.id === id);
  if (!recording) throw { code: "not_found", message: "That recording is gone.", next: "Choose another." };
  return {
    recording,
    events: [
      { at: "2026-11-20T17:00:00Z", from: null, to: "requested", note: "Asked Cloudflare to record." },
      { at: "2026-11-20T18:10:00Z", from: "importing", to: recording.stage, note: "" },
    ],
    links: [],
    coverage: null,
  };
}

function shellWith(all: RecordingDto[], more: Parameters<typeof fakeShell>[0] = {}) {
  return fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf(all, query),
    recording_get: ({ id }: { id: string }) => detailOf(all, id),
    recording_play: () => ({
      hls_url: "https://stream.example/v/manifest/video.m3u8",
      poster_url: null,
      expires_at: "2099-01-01T00:00:00Z",
    }),
    ...more,
  });
}

const rows = () => screen.queryAllByTestId("recording-row");
const row = (n: number) => rows().find((element) => element.dataset.recordingId === idOf(n));

beforeEach(() => {
  giveHeight();
  app.selectedRecording = null;
  detailTab.chosen = "overview";
  app.view = "recordings";
  Object.values(toasts).forEach((toast) => toast.mockReset());
  window.addEventListener("keydown", shortcut);
  return () => window.removeEventListener("keydown", shortcut);
});
const shortcut = (event: KeyboardEvent) => app.handleKey(event);

describe("the list", () => {
  it("replaces a row that cannot be drawn with a notice, and shows the others", async () => {
    const silence = vi.spyOn(console, "error").mockImplementation(() => {});
    shellWith([aRecording(1), { ...aRecording(2), recorded_at: "no date" }, aRecording(3)]);
    render(Recordings);
    const broken = await screen.findByTestId("broken");
    expect(broken).toHaveTextContent("“Class 2” cannot be shown here.");
    expect(broken.closest("[role=row]")).toHaveAttribute("aria-rowindex");
    expect(rows()).toHaveLength(2);
    expect(await barriers()).toEqual([]);
    silence.mockRestore();
  });

  it("draws only the rows in view of 5,000 recordings", async () => {
    const all = Array.from({ length: 10_000 }, (_, n) => aRecording(n));
    all[1] = aRecording(1, { status: "PROCESSING", stage: "importing", progress: 62.4, duration_seconds: null });
    shellWith(all);
    render(Recordings);
    await waitFor(() => expect(rows().length).toBeGreaterThan(5));
    expect(rows().length).toBeLessThan(60);
    expect(row(0)).toHaveAttribute("data-status", "READY");
    expect(row(0)).toHaveTextContent("1:00:12");
    expect(row(1)).toHaveTextContent("Encoding 62 %");
    expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", "10001");
    expect(screen.getByRole("button", { name: "All 10,000" })).toHaveAttribute("aria-pressed", "true");
    expect(await barriers()).toEqual([]);
  });

  it("filters by status and by search, and says when nothing matches", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aFailure(2), aRecording(3, { title: "Judo" })]);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.click(screen.getByRole("button", { name: "Failed 1" }));
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(row(2)).toBeDefined();
    await user.click(screen.getByTestId("filter-all"));
    app.go("recordings", { search: true });
    await waitFor(() => expect(screen.getByTestId("recordings-search")).toHaveFocus());
    await user.keyboard("judo");
    await waitFor(() =>
      expect(shell.sent("recordings_list").at(-1)?.query).toMatchObject({ search: "judo", filter: "all", limit: 100 }),
    );
    await waitFor(() => expect(rows()).toHaveLength(1));
    await user.keyboard("ka");
    expect(await screen.findByTestId("recordings-no-match")).toHaveTextContent("“judoka”");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("recordings-show-all"));
    await waitFor(() => expect(rows()).toHaveLength(3));
  });

  it("invites to schedule a session when there is no recording at all", async () => {
    shellWith([]);
    render(Recordings);
    expect(await screen.findByTestId("recordings-empty")).toHaveTextContent("No recordings yet");
    expect(await barriers()).toEqual([]);
  });

  it("shows why the list cannot be read, and fetches it again on demand", async () => {
    let broken = true;
    shellWith([aRecording(1)], {
      recordings_list: ({ query }: { query: RecordingsQuery }) => {
        if (broken) throw { code: "database", message: "The database cannot be read.", next: "Try again." };
        return pageOf([aRecording(1)], query);
      },
    });
    render(Recordings);
    const note = await screen.findByTestId("recordings-error");
    expect(note).toHaveTextContent("The database cannot be read.");
    broken = false;
    await userEvent.click(within(note).getByRole("button"));
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.queryByTestId("recordings-error")).toBeNull();
  });

  it("moves by arrow keys, opens with Enter and closes with Escape", async () => {
    const user = userEvent.setup();
    shellWith([aRecording(1), aRecording(2), aRecording(3)]);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(3));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}{Enter}");
    expect(app.selectedRecording).toBe(idOf(2));
    expect(row(2)).toHaveAttribute("aria-selected", "true");
    expect(screen.getByRole("grid")).toHaveAttribute("aria-activedescendant", `recording-${idOf(2)}`);
    await user.keyboard("{Escape}");
    expect(app.selectedRecording).toBeNull();
  });

  it("keeps the cursor on its recording when a new one arrives above it", async () => {
    const user = userEvent.setup();
    const all = [aRecording(1), aRecording(2)];
    const shell = shellWith(all);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(2));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    all.unshift(aRecording(3));
    shell.changed("recordings");
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.keyboard("{Enter}");
    expect(app.selectedRecording).toBe(idOf(2));
  });

  it("shows HTML in a title as text", async () => {
    shellWith([aRecording(1, { title: HOSTILE, instructor: "<b>x</b>" })]);
    app.selectedRecording = idOf(1);
    render(Recordings);
    await screen.findByTestId("copy-link");
    expect(within(row(1)!).getByText(/<img src=x/)).toHaveAttribute("title", HOSTILE);
    expect(screen.getByTestId("recording-detail")).toHaveTextContent('<img src=x onerror="window.__hit=1">');
    expect(document.querySelector("img")).toBeNull();
    expect("__hit" in window).toBe(false);
  });
});

describe("retry", () => {
  it("on a row sends one request and does not open the recording", async () => {
    const user = userEvent.setup();
    const all = [aFailure(1), aFailure(2, { cause: { ...aFailure(2).cause!, retryable: false } })];
    const shell = shellWith(all, {
      recording_retry: ({ id }: { id: string }) => {
        all[0] = aRecording(1, { status: "PROCESSING", stage: "uploaded", sentence: "Stream is asked again." });
        return detailOf(all, id).recording;
      },
    });
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(row(1)).toHaveTextContent("Stream has no storage left");
    expect(within(row(2)!).queryByTestId("retry-recording")).toBeNull();
    await user.click(within(row(1)!).getByTestId("retry-recording"));
    await waitFor(() => expect(row(1)).toHaveAttribute("data-status", "PROCESSING"));
    expect(shell.sent("recording_retry")).toEqual([{ id: idOf(1) }]);
    expect(app.selectedRecording).toBeNull();
    expect(toasts.done).toHaveBeenCalledWith("Trying again", "Class 1");
  });

  it("that is refused shows the reason as a toast", async () => {
    shellWith([aFailure(1)], {
      recording_retry: refused("offline", "Cloudflare cannot be reached.", "Check the network."),
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await userEvent.click(await screen.findByTestId("retry-open-recording"));
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledOnce());
    expect(toasts.problem.mock.calls[0]?.[0]).toMatchObject({ message: "Cloudflare cannot be reached." });
    expect(screen.getByTestId("retry-open-recording")).toHaveTextContent("Retry");
  });
});

describe("the open recording", () => {
  it("that failed shows the cause, the next step and how long the file is kept", async () => {
    shellWith([aFailure(1)]);
    app.selectedRecording = idOf(1);
    render(Recordings);
    const cause = await screen.findByTestId("recording-cause");
    expect(cause).toHaveTextContent("Stream has no storage left");
    expect(cause).toHaveTextContent("Delete videos in the Cloudflare dashboard");
    expect(screen.getByTestId("recording-rescue")).toHaveTextContent("Cloudflare keeps the file until Fri 27 Nov 2099");
    expect(screen.queryByTestId("player")).toBeNull();
    expect(screen.queryByTestId("copy-link")).toBeNull();
    expect(await barriers()).toEqual([]);
  });

  it("saves a copy while Cloudflare keeps the file, once although the button is pressed twice", async () => {
    const user = userEvent.setup();
    const answer = held<SavedDto>();
    const soon = new Date(app.now.getTime() + 5 * 60 * 60_000).toISOString();
    const shell = shellWith([aFailure(1, { rescue_until: soon })], { recording_save: () => answer.promise });
    app.selectedRecording = idOf(1);
    render(Recordings);
    const button = await screen.findByTestId("recording-save");
    await user.click(button);
    expect(button).toHaveTextContent("Saving a copy…");
    await user.click(button);
    expect(shell.sent("recording_save")).toEqual([{ id: idOf(1) }]);
    answer.answer({ path: "/home/sensei/Downloads/Class 1.mp4", bytes: 512_000_000 });
    await waitFor(() =>
      expect(toasts.done).toHaveBeenCalledWith("Saved, 512 MB", "/home/sensei/Downloads/Class 1.mp4"),
    );
    expect(button).toHaveTextContent("Save a copy to this computer");
    expect(await barriers()).toEqual([]);
  });

  it("offers no copy of a file that has expired", async () => {
    shellWith([aFailure(1, { rescue_until: "2020-01-01T00:00:00Z" })]);
    app.selectedRecording = idOf(1);
    render(Recordings);
    expect(await screen.findByTestId("recording-rescue")).toHaveTextContent("Cloudflare kept the file until");
    expect(screen.queryByTestId("recording-save")).toBeNull();
  });

  it("that is processed shows its step and its history", async () => {
    const sentence = "Stream is encoding, 62 %.";
    shellWith([aRecording(1, { status: "PROCESSING", stage: "importing", step: 3, progress: 62, sentence })]);
    app.selectedRecording = idOf(1);
    render(Recordings);
    expect(await screen.findByTestId("recording-sentence")).toHaveTextContent(sentence);
    await waitFor(() =>
      expect(screen.getByTestId("recording-events")).toHaveTextContent("Asked Cloudflare to record."),
    );
  });

  it("that no longer exists shows an error", async () => {
    shellWith([]);
    app.selectedRecording = idOf(7);
    render(Recordings);
    expect(await screen.findByTestId("recording-error")).toHaveTextContent("That recording is gone.");
  });

  it("shows the player as soon as it is ready", async () => {
    const all = [
      aRecording(1, { status: "PROCESSING", stage: "playable", step: 4, stage_since: "2026-11-20T18:00:00Z" }),
    ];
    const shell = shellWith(all);
    app.selectedRecording = idOf(1);
    render(Recordings);
    await screen.findByTestId("recording-sentence");
    all[0] = aRecording(1);
    shell.changed("recordings");
    expect(await screen.findByTestId("player")).toBeInTheDocument();
    expect(screen.queryByTestId("recording-sentence")).toBeNull();
  });
});

describe("sharing", () => {
  const url = "https://customer-f33z.cloudflarestream.com/eyJhbGciOiJSUzI1NiJ9.x.y/watch";
  const made = (more: object = {}) => ({
    link: aLink(1),
    url,
    copied: true,
    verified: true,
    doubt: null,
    file: null,
    ...more,
  });

  it("copies a link for 24 hours without download by default", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1)], { link_make: () => made() });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("copy-link"));
    expect((await screen.findByTestId("link-url")).textContent?.trim()).toBe(url);
    expect(screen.getByTestId("link-facts")).toHaveTextContent("Anyone with the link can watch.");
    expect(screen.getByTestId("link-verified")).toHaveTextContent("Link tested");
    expect(shell.sent("link_make")).toEqual([{ recordingId: idOf(1), hours: 24, download: false }]);
    expect(screen.getByTestId("copy-link")).toHaveTextContent("Link copied");
    expect(toasts.done).not.toHaveBeenCalled();
    expect(await barriers()).toEqual([]);

    await user.click(screen.getByTestId("recording-tab-links"));
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("hours-1"));
    await user.click(screen.getByTestId("download-toggle"));
    await user.click(screen.getByTestId("copy-link"));
    await waitFor(() => expect(shell.sent("link_make")).toHaveLength(2));
    expect(shell.sent("link_make")[1]).toEqual({ recordingId: idOf(1), hours: 1, download: true });
  });

  it("accepts custom hours from 1 to 24", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1)], { link_make: () => made() });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("recording-tab-links"));
    await user.click(await screen.findByTestId("hours-custom"));
    const hours = screen.getByTestId("hours-value");
    for (const wrong of ["0", "25", "1.5"]) {
      await user.clear(hours);
      await user.type(hours, wrong);
      expect(screen.getByTestId("copy-link")).toBeDisabled();
    }
    await user.clear(hours);
    expect(screen.getByTestId("copy-link")).toBeDisabled();
    await user.type(hours, "3");
    await user.click(screen.getByTestId("copy-link"));
    await waitFor(() => expect(shell.sent("link_make")[0]).toMatchObject({ hours: 3 }));
  });

  it("copies the recording at the cursor with C, and opens it", async () => {
    const user = userEvent.setup();
    const shell = shellWith([aRecording(1), aRecording(2)], { link_make: () => made() });
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(2));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}{ArrowDown}c");
    await waitFor(() =>
      expect(shell.sent("link_make")).toEqual([{ recordingId: idOf(2), hours: 24, download: false }]),
    );
    expect(app.selectedRecording).toBe(idOf(2));
    expect(await screen.findByTestId("link-url")).toBeInTheDocument();
  });

  it("copies a link to the open recording with C, even if a filter hides it", async () => {
    const user = userEvent.setup();
    const all = [aRecording(1), aRecording(2)];
    const shell = shellWith(all, {
      link_make: () => made(),
      recordings_list: ({ query }: { query: RecordingsQuery }) => pageOf([aRecording(2)], query),
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await screen.findByTestId("copy-link");
    await user.keyboard("c");
    await waitFor(() =>
      expect(shell.sent("link_make")).toEqual([{ recordingId: idOf(1), hours: 24, download: false }]),
    );
  });

  it("refuses a link to a recording that is not ready without a request", async () => {
    const user = userEvent.setup();
    const shell = shellWith([
      aRecording(1, { status: "PROCESSING", stage: "uploading", sentence: "It is uploading." }),
    ]);
    render(Recordings);
    await waitFor(() => expect(rows()).toHaveLength(1));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}c");
    await waitFor(() => expect(toasts.problem).toHaveBeenCalledOnce());
    expect(toasts.problem.mock.calls[0]?.[0]).toMatchObject({ next: "It is uploading." });
    expect(shell.sent("link_make")).toEqual([]);
  });

  it("selects the link when the clipboard cannot be reached", async () => {
    const answer = held<unknown>();
    shellWith([aRecording(1)], { link_make: () => answer.promise });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await userEvent.click(await screen.findByTestId("copy-link"));
    expect(screen.getByTestId("copy-link")).toHaveTextContent("Making the link…");
    answer.answer(made({ copied: false, verified: false }));
    expect(await screen.findByTestId("link-not-copied")).toHaveTextContent("Couldn’t reach the clipboard");
    expect(screen.getByTestId("link-unverified")).toBeInTheDocument();
    expect(screen.queryByTestId("link-verified")).toBeNull();
    await waitFor(() => expect(screen.getByTestId("link-url")).toHaveFocus());
    expect(window.getSelection()?.toString().trim()).toBe(url);
    expect(toasts.done).not.toHaveBeenCalled();
  });

  it("shows why a link was refused, and tries again", async () => {
    let refuses = true;
    shellWith([aRecording(1)], {
      link_make: () => {
        if (refuses)
          throw { code: "permission", message: "The API token may not sign links.", next: "Add Stream Edit." };
        return made();
      },
    });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await userEvent.click(await screen.findByTestId("copy-link"));
    const note = await screen.findByTestId("share-error");
    expect(note).toHaveTextContent("The API token may not sign links.");
    expect(screen.queryByTestId("link-url")).toBeNull();
    refuses = false;
    await userEvent.click(within(note).getByRole("button"));
    expect(await screen.findByTestId("link-url")).toBeInTheDocument();
    expect(screen.queryByTestId("share-error")).toBeNull();
  });

  it("does not show the link of one recording beside another", async () => {
    const user = userEvent.setup();
    shellWith([aRecording(1), aRecording(2)], { link_make: () => made() });
    app.selectedRecording = idOf(1);
    render(Recordings);
    await user.click(await screen.findByTestId("recording-tab-links"));
    await user.click(await screen.findByTestId("download-toggle"));
    await user.click(screen.getByTestId("copy-link"));
    await screen.findByTestId("link-url");
    await user.click(row(2)!);
    await waitFor(() => expect(screen.queryByTestId("link-url")).toBeNull());
    expect(screen.getByTestId("download-toggle")).not.toBeChecked();
  });
});
