import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { barriers } from "../../test/axe";
import type { PlayFailure } from "./playback";
import Player from "./Player.svelte";
import { fakeShell, idOf, refused } from "../../test/recordings";

type Attached = { url: string; fail: (failure: PlayFailure) => void; letGo: () => void };
const played = vi.hoisted(() => [] as Attached[]);
vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: (_video: HTMLVideoElement, url: string, fail: Attached["fail"]) => {
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
});

function show(oncopylink = () => {}) {
  return render(Player, { recordingId: idOf(1), title: "Class 1", oncopylink });
}

describe("the player", () => {
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

  it("renews an expired address once by itself", async () => {
    let n = 0;
    fakeShell({ recording_play: () => playback((n += 1), "2020-01-01T00:00:00Z") });
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

  it("shows the refusal of the core", async () => {
    fakeShell({ recording_play: refused("offline", "Cloudflare cannot be reached.", "Check the network.") });
    show();
    const words = await screen.findByTestId("player-failure");
    expect(words).toHaveTextContent("Cloudflare cannot be reached.");
    expect(words).toHaveTextContent("Check the network.");
  });
});
