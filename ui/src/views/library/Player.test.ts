import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { barriers } from "../../test/axe";
import type { PlayFailure } from "./playback";
import Player from "./Player.svelte";
import { fakeShell, idOf, refused } from "../../test/recordings";
import { keepWatched, watchedUntil } from "./watched";

type Attached = { url: string; fail: (failure: PlayFailure) => void; letGo: () => void };
const played = vi.hoisted(() => [] as Attached[]);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: (_video: HTMLVideoElement, url: string, _token: unknown, fail: Attached["fail"]) => {
    const letGo = vi.fn();
    played.push({ url, fail, letGo });
    return letGo;
  },
}));

const playback = (n: number, expires_at = "2099-01-01T00:00:00Z") => ({
  hls_url: `https://stream.example/${n}/manifest/video.m3u8`,
  poster_url: null,
  expires_at,
});

beforeEach(() => {
  played.length = 0;
  localStorage.clear();
});

/** The element with a length, as if its metadata had been loaded; happens to be at the beginning and paused. */
async function loaded(length = 3600) {
  await waitFor(() => expect(played).toHaveLength(1));
  const video = screen.getByTestId<HTMLVideoElement>("player");
  Object.defineProperties(video, {
    duration: { value: length },
    readyState: { value: 4 },
    play: { value: vi.fn(() => Promise.resolve()) },
  });
  await fireEvent.loadedMetadata(video);
  return video;
}

function show(oncopylink = () => {}) {
  return render(Player, { recordingId: idOf(1), title: "Class 1", oncopylink });
}

describe("the player", () => {
  it("begins at the beginning and notes nothing where it is shown plain", async () => {
    keepWatched(idOf(1), 760, 3600);
    fakeShell({ recording_play: () => playback(1) });
    const { unmount } = render(Player, { recordingId: idOf(1), title: "Class 1", plain: true });
    const video = await loaded();
    expect(video.currentTime).toBe(0);
    video.currentTime = 1200;
    await fireEvent.timeUpdate(video);
    await fireEvent.pause(video);
    unmount();
    expect(watchedUntil(idOf(1))).toBe(760);
  });

  it("plays the address from the shell, with controls and without autoplay", async () => {
    fakeShell({ recording_play: () => playback(1) });
    const { unmount } = show();
    await waitFor(() => expect(played[0]?.url).toBe("https://stream.example/1/manifest/video.m3u8"));
    const video = screen.getByTestId("player");
    expect(video).toHaveAttribute("controls");
    expect(video).not.toHaveAttribute("autoplay");
    expect(await barriers()).toEqual([]);
    unmount();
    expect(played[0]?.letGo).toHaveBeenCalled();
  });

  it("without a decoder names the missing packages and offers a link for the browser", async () => {
    fakeShell({ recording_play: () => playback(1) });
    const copy = vi.fn();
    show(copy);
    await waitFor(() => expect(played).toHaveLength(1));
    played[0]?.fail("no_decoder");
    const words = await screen.findByTestId("player-failure");
    expect(words).toHaveTextContent("gstreamer1.0-libav");
    await userEvent.click(screen.getByTestId("player-copy-link"));
    expect(copy).toHaveBeenCalledOnce();
  });

  it("asks for a new address when “Try again” is pressed", async () => {
    let n = 0;
    fakeShell({ recording_play: () => playback((n += 1)) });
    show();
    await waitFor(() => expect(played).toHaveLength(1));
    played[0]?.fail("unreachable");
    expect(await screen.findByTestId("player-failure")).toHaveTextContent("could not be loaded");
    await userEvent.click(screen.getByTestId("player-retry"));
    await waitFor(() => expect(played[1]?.url).toContain("/2/"));
    expect(screen.queryByTestId("player-failure")).toBeNull();
    expect(played[0]?.letGo).toHaveBeenCalled();
  });

  it("asks once by itself for another permission when the first one is refused", async () => {
    let n = 0;
    fakeShell({ recording_play: () => playback((n += 1)) });
    show();
    await waitFor(() => expect(played).toHaveLength(1));
    played[0]?.fail("refused");
    await waitFor(() => expect(played).toHaveLength(2));
    played[1]?.fail("refused");
    expect(await screen.findByTestId("player-failure")).toHaveTextContent("Cloudflare refused to play");
    expect(played).toHaveLength(2);
  });

  it("names the sites of a video that is restricted to certain sites", async () => {
    const why = {
      code: "certain_sites",
      message: "This video may be embedded on certain sites only: dojo.example.org.",
      next: "Clear it.",
    };
    fakeShell({ recording_play: () => playback(1), recording_play_trouble: () => why });
    show();
    await waitFor(() => expect(played).toHaveLength(1));
    played[0]?.fail("unreachable");
    expect(await screen.findByText(/certain sites only: dojo.example.org/)).toBeInTheDocument();
    expect(screen.queryByText(/Check the network of this computer/)).toBeNull();
  });

  it("continues where it was left, and says so", async () => {
    fakeShell({ recording_play: () => playback(1) });
    const first = show();
    const video = await loaded();
    video.currentTime = 760;
    await fireEvent.timeUpdate(video);
    first.unmount();
    played.length = 0;

    show();
    const again = await loaded();
    expect(again.currentTime).toBe(760);
    expect(screen.getByTestId("player-continued")).toHaveTextContent("Continues at 12:40.");
    await userEvent.click(screen.getByText("From the beginning"));
    expect(again.currentTime).toBe(0);
    expect(screen.queryByTestId("player-continued")).toBeNull();
    expect(await barriers()).toEqual([]);
  });

  it("obeys its keys wherever the focus is, but neither while people type nor with Ctrl", async () => {
    fakeShell({ recording_play: () => playback(1) });
    show();
    const video = await loaded();
    video.currentTime = 100;
    await userEvent.keyboard("l");
    expect(video.currentTime).toBe(110);
    await userEvent.keyboard("jj");
    expect(video.currentTime).toBe(90);
    await userEvent.keyboard("5");
    expect(video.currentTime).toBe(1800);
    await userEvent.keyboard(">");
    expect(video.playbackRate).toBe(1.25);
    await fireEvent(video, new Event("ratechange"));
    expect(screen.getByTestId("player-speed")).toHaveValue("1.25");
    await userEvent.keyboard("m");
    expect(video.muted).toBe(true);
    await userEvent.keyboard(" ");
    expect(video.play).toHaveBeenCalledOnce();
    await userEvent.keyboard("{Control>}l{/Control}");
    expect(video.currentTime).toBe(1800);
    const field = document.body.appendChild(document.createElement("input"));
    await userEvent.type(field, "jkl");
    field.remove();
    expect(video.currentTime).toBe(1800);
  });

  it("lets Space press the button that has the focus", async () => {
    fakeShell({ recording_play: () => playback(1) });
    show();
    const video = await loaded();
    const button = document.body.appendChild(document.createElement("button"));
    button.focus();
    await userEvent.keyboard(" ");
    button.remove();
    expect(video.play).not.toHaveBeenCalled();
  });

  it("shows the refusal of the core", async () => {
    fakeShell({ recording_play: refused("offline", "Cloudflare cannot be reached.", "Check the network.") });
    show();
    const words = await screen.findByTestId("player-failure");
    expect(words).toHaveTextContent("Cloudflare cannot be reached.");
    expect(words).toHaveTextContent("Check the network.");
  });
});
