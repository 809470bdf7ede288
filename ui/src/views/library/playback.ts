// Plays an HLS playlist in a <video>. WebKitGTK cannot do that itself, so hls.js feeds the element.
import type { ErrorData } from "hls.js";
import type { PlaybackToken } from "./token";

/** Why a video does not play, by what a person can do about it. */
export type PlayFailure = "no_decoder" | "refused" | "unreachable" | "damaged";

export type PlayWords = { message: string; next: string };

export function playWords(failure: PlayFailure): PlayWords {
  switch (failure) {
    case "no_decoder":
      return {
        message: "This computer cannot show H.264 video inside Hajime.",
        next: "On Debian and Ubuntu, install the packages gstreamer1.0-libav and gstreamer1.0-plugins-bad, then restart Hajime. In a browser it plays right away.",
      };
    case "refused":
      return {
        message: "Cloudflare refused to play the video.",
        next: "The permission to watch may have expired. Try again to get a new one.",
      };
    case "unreachable":
      return {
        message: "The video could not be loaded from Cloudflare.",
        next: "Check the network of this computer, then try again.",
      };
    case "damaged":
      return {
        message: "The video stopped playing because a part of it could not be read.",
        next: "Try again, or open it in a browser.",
      };
  }
}

const H264 = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"';
const DECODER_DETAILS = ["manifestIncompatibleCodecsError", "bufferAddCodecError", "bufferIncompatibleCodecsError"];

/** The failure behind a fatal error of hls.js. */
export function failureOf(data: Pick<ErrorData, "type" | "details" | "response">): PlayFailure {
  if (DECODER_DETAILS.includes(data.details)) return "no_decoder";
  if (data.type === "networkError") {
    const code = data.response?.code ?? 0;
    return code === 401 || code === 403 || code === 404 || code === 410 ? "refused" : "unreachable";
  }
  return "damaged";
}

/** The failure behind an error of the element. MediaError has code 2 for the network, 3 for decoding and 4 for the format. */
export function elementFailure(error: Pick<MediaError, "code"> | null): PlayFailure {
  if (error?.code === 4) return "no_decoder";
  return error?.code === 2 ? "unreachable" : "damaged";
}

function decodes(): boolean {
  const source = globalThis.MediaSource as typeof MediaSource | undefined;
  return source !== undefined && source.isTypeSupported(H264);
}

/**
 * Attaches the playlist to the element; every request goes out with a token that is valid then. `onfail` is called at most once. The
 * returned function detaches it.
 */
export function attach(
  video: HTMLVideoElement,
  url: string,
  token: PlaybackToken,
  onfail: (failure: PlayFailure) => void,
): () => void {
  let stopped = false;
  let destroy = () => {};
  const fail = (failure: PlayFailure) => {
    if (stopped) return;
    stop();
    onfail(failure);
  };
  const stop = () => {
    stopped = true;
    destroy();
  };

  void (async () => {
    // hls.js is large, so it is loaded with the first video.
    const { default: Hls } = await import("hls.js");
    if (stopped) return;
    if (!Hls.isSupported() || !decodes()) return fail("no_decoder");
    const hls = new Hls({
      maxBufferLength: 30,
      capLevelToPlayerSize: true,
      xhrSetup: async (xhr, asked) => xhr.open("GET", await token.address(asked), true),
    });
    let recovered = false;
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      const failure = failureOf(data);
      // Restarting the decoder often helps; it is tried once.
      if (failure === "damaged" && data.type === "mediaError" && !recovered) {
        recovered = true;
        hls.recoverMediaError();
        return;
      }
      fail(failure);
    });
    destroy = () => hls.destroy();
    hls.loadSource(url);
    hls.attachMedia(video);
  })().catch((cause: unknown) => {
    console.error("the player could not be loaded", cause);
    fail("unreachable");
  });
  return stop;
}
