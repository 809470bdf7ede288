// The keys of the player, as the large video sites have them, except that C copies a link everywhere in this view and captions have V.
import { matchesKeys } from "../../state/keys";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** The length of one picture, in seconds: recordings have 30 a second. */
const PICTURE = 1 / 30;
const JUMP = 10;
const LETTERS = ["j", "k", "l", "m", "f", "v", "i"] as const;

/** What the keys of the player do besides moving and pausing, which need nothing but the element. */
export type PlayerActions = { captions: () => void; pictureInPicture: () => void };

export function toggle(video: HTMLVideoElement): void {
  if (video.paused) void video.play().catch(() => {});
  else video.pause();
}

export function jump(video: HTMLVideoElement, seconds: number): void {
  const end = Number.isFinite(video.duration) ? video.duration : Infinity;
  video.currentTime = Math.min(Math.max(video.currentTime + seconds, 0), end);
}

export function changeSpeed(video: HTMLVideoElement, steps: 1 | -1): void {
  const faster = SPEEDS.filter((speed) => speed > video.playbackRate);
  const slower = SPEEDS.filter((speed) => speed < video.playbackRate);
  video.playbackRate = (steps > 0 ? faster[0] : slower.at(-1)) ?? video.playbackRate;
}

export function fullScreen(video: HTMLVideoElement): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen();
  void done.catch((cause: unknown) => console.warn("full screen was refused", cause));
}

/** Carries out the key and answers whether it is one of the player's. Several of them may be held down. */
export function playerKey(event: KeyboardEvent, video: HTMLVideoElement, actions: PlayerActions): boolean {
  // A letter is found by its position on keyboards of other scripts.
  const key = LETTERS.find((letter) => matchesKeys(event, letter)) ?? event.key;
  switch (key) {
    case "j":
      jump(video, -JUMP);
      return true;
    case "l":
      jump(video, JUMP);
      return true;
    case ",":
    case ".":
      video.pause();
      jump(video, key === "." ? PICTURE : -PICTURE);
      return true;
    case "<":
    case ">":
      changeSpeed(video, key === ">" ? 1 : -1);
      return true;
  }
  if (event.repeat) return false;
  switch (key) {
    case "k":
    case " ":
      toggle(video);
      return true;
    case "m":
      video.muted = !video.muted;
      return true;
    case "f":
      fullScreen(video);
      return true;
    case "v":
      actions.captions();
      return true;
    case "i":
      actions.pictureInPicture();
      return true;
  }
  if (/^[0-9]$/.test(key) && Number.isFinite(video.duration)) {
    video.currentTime = (video.duration * Number(key)) / 10;
    return true;
  }
  return false;
}
