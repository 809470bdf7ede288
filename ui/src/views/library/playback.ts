// Plays an HLS playlist in a <video>. WebKitGTK cannot do that by itself, so hls.js feeds it.
import type { ErrorData } from "hls.js";

/** Why a video does not play, as far as it makes a difference to what one can do about it. */
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
        next: "The permission to watch may have run out. Try again to ask for a new one.",
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

/** What a fatal error of hls.js means to the person watching. */
export function failureOf(data: Pick<ErrorData, "type" | "details" | "response">): PlayFailure {
  if (DECODER_DETAILS.includes(data.details)) return "no_decoder";
  if (data.type === "networkError") {
    const code = data.response?.code ?? 0;
    return code === 401 || code === 403 || code === 404 || code === 410 ? "refused" : "unreachable";
  }
  return "damaged";
}

/** What an error of the element itself means; the browser's code for a broken picture is 3. */
export function elementFailure(error: Pick<MediaError, "code"> | null): PlayFailure {
  if (error?.code === 4) return "no_decoder";
  return error?.code === 2 ? "unreachable" : "damaged";
}

function decodes(): boolean {
  const source = globalThis.MediaSource as typeof MediaSource | undefined;
  return source !== undefined && source.isTypeSupported(H264);
}

/** Attaches the playlist to the element; `onfail` hears at most one failure. Returns how to let go. */
export function attach(video: HTMLVideoElement, url: string, onfail: (failure: PlayFailure) => void): () => void {
  let over = false;
  let letGo = () => {};
  const fail = (failure: PlayFailure) => {
    if (over) return;
    stop();
    onfail(failure);
  };
  const stop = () => {
    over = true;
    letGo();
  };

  void (async () => {
    // Loaded when a video is opened: the list should not wait for a player.
    const { default: Hls } = await import("hls.js/light");
    if (over) return;
    if (!Hls.isSupported() || !decodes()) return fail("no_decoder");
    const hls = new Hls({ maxBufferLength: 30, capLevelToPlayerSize: true });
    let recovered = false;
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      const failure = failureOf(data);
      // A stumbling decoder is often put right by starting it afresh; once.
      if (failure === "damaged" && data.type === "mediaError" && !recovered) {
        recovered = true;
        hls.recoverMediaError();
        return;
      }
      fail(failure);
    });
    letGo = () => hls.destroy();
    hls.loadSource(url);
    hls.attachMedia(video);
  })().catch((cause: unknown) => {
    console.error("the player could not be loaded", cause);
    fail("unreachable");
  });
  return stop;
}
