import { beforeEach, describe, expect, it, vi } from "vitest";
import { attach, elementFailure, failureOf, playWords, type PlayFailure } from "./playback";
import { PlaybackToken } from "./token";

type OnError = (event: string, data: { fatal: boolean; type: string; details: string; response?: object }) => void;

const hls = vi.hoisted(() => ({
  supported: true,
  made: [] as {
    error: OnError;
    loadSource: unknown;
    attachMedia: unknown;
    destroy: () => void;
    recoverMediaError: () => void;
    config: { xhrSetup: (xhr: XMLHttpRequest, url: string) => Promise<void> };
  }[],
}));

vi.mock("hls.js", () => {
  class FakeHls {
    static Events = { ERROR: "hlsError" };
    static isSupported = () => hls.supported;
    error!: OnError;
    loadSource = vi.fn();
    attachMedia = vi.fn();
    destroy = vi.fn();
    recoverMediaError = vi.fn();
    constructor(readonly config: (typeof hls.made)[number]["config"]) {
      hls.made.push(this);
    }
    on(_event: string, handler: OnError) {
      this.error = handler;
    }
  }
  return { default: FakeHls };
});

const URL = "https://stream.example/one/manifest/video.m3u8";
const token = new PlaybackToken({ hls_url: URL, poster_url: null, expires_at: "2099-01-01T00:00:00Z" }, () =>
  Promise.reject(new Error("not asked")),
);
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

function stubDecoder(supported: boolean) {
  vi.stubGlobal("MediaSource", { isTypeSupported: () => supported });
}

beforeEach(() => {
  hls.supported = true;
  hls.made.length = 0;
  stubDecoder(true);
});

async function attached(onfail: (failure: PlayFailure) => void = () => {}) {
  const video = document.createElement("video");
  const stop = attach(video, URL, token, onfail);
  await settled();
  return { video, stop, player: hls.made[0] };
}

describe("playing", () => {
  it("gives the playlist and the element to hls.js, and destroys it when detached", async () => {
    const { video, stop, player } = await attached();
    expect(player?.loadSource).toHaveBeenCalledWith(URL);
    expect(player?.attachMedia).toHaveBeenCalledWith(video);
    stop();
    expect(player?.destroy).toHaveBeenCalledOnce();
  });

  it("opens every request at the address that the token gives it", async () => {
    const { player } = await attached();
    const open = vi.fn();
    await player?.config.xhrSetup({ open } as unknown as XMLHttpRequest, "https://stream.example/one/seg_1.ts");
    expect(open).toHaveBeenCalledExactlyOnceWith("GET", "https://stream.example/one/seg_1.ts", true);
  });

  it.each([
    ["without H.264", () => stubDecoder(false)],
    ["without media source extensions", () => vi.stubGlobal("MediaSource", undefined)],
    ["where hls.js cannot work", () => (hls.supported = false)],
  ])("reports a missing decoder %s", async (_name, prepare) => {
    prepare();
    const onfail = vi.fn();
    await attached(onfail);
    expect(onfail).toHaveBeenCalledExactlyOnceWith("no_decoder");
    expect(hls.made).toHaveLength(0);
  });

  it("ignores errors that are not fatal, and reports a fatal one once", async () => {
    const onfail = vi.fn();
    const { player } = await attached(onfail);
    player?.error("hlsError", { fatal: false, type: "networkError", details: "fragLoadError" });
    expect(onfail).not.toHaveBeenCalled();
    player?.error("hlsError", { fatal: true, type: "networkError", details: "manifestLoadError" });
    player?.error("hlsError", { fatal: true, type: "networkError", details: "manifestLoadError" });
    expect(onfail).toHaveBeenCalledExactlyOnceWith("unreachable");
    expect(player?.destroy).toHaveBeenCalledOnce();
  });

  it("restarts the decoder once before it reports a failure", async () => {
    const onfail = vi.fn();
    const { player } = await attached(onfail);
    const stumble = { fatal: true, type: "mediaError", details: "bufferStalledError" };
    player?.error("hlsError", stumble);
    expect(player?.recoverMediaError).toHaveBeenCalledOnce();
    expect(onfail).not.toHaveBeenCalled();
    player?.error("hlsError", stumble);
    expect(onfail).toHaveBeenCalledExactlyOnceWith("damaged");
  });

  it("reports nothing after it was detached", async () => {
    const onfail = vi.fn();
    stubDecoder(false);
    const stop = attach(document.createElement("video"), URL, token, onfail);
    stop();
    await settled();
    expect(onfail).not.toHaveBeenCalled();
  });
});

describe("what an error means", () => {
  it.each([
    [{ type: "networkError", details: "manifestLoadError", response: { code: 403 } }, "refused"],
    [{ type: "networkError", details: "manifestLoadError", response: { code: 401 } }, "refused"],
    [{ type: "networkError", details: "manifestLoadError", response: { code: 503 } }, "unreachable"],
    [{ type: "networkError", details: "manifestLoadTimeOut" }, "unreachable"],
    [{ type: "mediaError", details: "manifestIncompatibleCodecsError" }, "no_decoder"],
    [{ type: "mediaError", details: "bufferAddCodecError" }, "no_decoder"],
    [{ type: "mediaError", details: "fragParsingError" }, "damaged"],
  ])("%o is %s", (data, failure) => {
    expect(failureOf(data as Parameters<typeof failureOf>[0])).toBe(failure);
  });

  it("maps the error codes of the element", () => {
    expect(elementFailure({ code: 4 })).toBe("no_decoder");
    expect(elementFailure({ code: 3 })).toBe("damaged");
    expect(elementFailure({ code: 2 })).toBe("unreachable");
  });

  it("names the missing packages, and a next step for each failure", () => {
    expect(playWords("no_decoder").next).toContain("gstreamer1.0-libav");
    for (const failure of ["no_decoder", "refused", "unreachable", "damaged"] as const) {
      expect(playWords(failure).next).not.toBe("");
    }
  });
});
