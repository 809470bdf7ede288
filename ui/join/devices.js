// The camera and microphone check before joining. Picture and sound stay in this page.

import { deviceProblem } from "./words.js";

/** @typedef {import("./words.js").DeviceState} DeviceState */
/** @typedef {"camera" | "microphone"} Kind */

/** @type {Record<Kind, {input: MediaDeviceKind, constraint: "video" | "audio"}>} */
const KINDS = {
  camera: { input: "videoinput", constraint: "video" },
  microphone: { input: "audioinput", constraint: "audio" },
};
/** The scale of the level: −60 dB is silence, 0 dB as loud as can be; louder than −40 dB counts as heard. */
const SILENCE_DB = -60;
const HEARD_DB = -40;
/** The level is read so often, in milliseconds. */
const LEVEL_EVERY_MS = 80;

/**
 * Opens camera and microphone for a look and a listen.
 *
 * `onState` is told of every change of a device, `onDevices` of the devices there are, `onLevel` of the loudness from 0 to 1.
 *
 * @param {{
 *   onState: (kind: Kind, state: DeviceState, stream: MediaStream | null) => void,
 *   onDevices: (kind: Kind, devices: MediaDeviceInfo[], chosen: string) => void,
 *   onLevel: (level: number, heard: boolean) => void,
 * }} page
 */
export function deviceCheck({ onState, onDevices, onLevel }) {
  /** @type {Record<Kind, MediaStream | null>} */
  const streams = { camera: null, microphone: null };
  /** @type {Record<Kind, number>} Late answers of earlier attempts are dropped. */
  const attempts = { camera: 0, microphone: 0 };
  /** @type {MediaDeviceInfo[]} */
  let known = [];
  let stopLevel = () => {};

  /** @param {Kind} kind */
  const chosen = (kind) => streams[kind]?.getTracks()[0]?.getSettings().deviceId ?? "";

  async function list() {
    try {
      known = await navigator.mediaDevices.enumerateDevices();
    } catch {
      known = [];
    }
    for (const kind of /** @type {Kind[]} */ (Object.keys(KINDS))) {
      const devices = known.filter((device) => device.kind === KINDS[kind].input && device.deviceId !== "");
      onDevices(kind, devices, chosen(kind));
    }
  }

  /** @param {Kind} kind */
  function close(kind) {
    attempts[kind] += 1;
    streams[kind]?.getTracks().forEach((track) => track.stop());
    streams[kind] = null;
    if (kind === "microphone") stopLevel();
  }

  /**
   * @param {Kind} kind
   * @param {MediaStream} stream
   */
  function accept(kind, stream) {
    streams[kind] = stream;
    stream.getTracks()[0].addEventListener("ended", () => {
      if (streams[kind] !== stream) return;
      close(kind);
      onState(kind, "gone", null);
    });
    if (kind === "microphone") stopLevel = listen(stream, onLevel);
    onState(kind, "on", stream);
  }

  /**
   * Opens one device, or the other one of its kind.
   *
   * @param {Kind} kind
   * @param {string} [deviceId]
   */
  async function open(kind, deviceId) {
    close(kind);
    const attempt = attempts[kind];
    onState(kind, "asking", null);
    const device = deviceId ? { deviceId: { exact: deviceId } } : {};
    const size = kind === "camera" ? { width: { ideal: 1280 }, height: { ideal: 720 } } : {};
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [KINDS[kind].constraint]: { ...size, ...device } });
      if (attempt === attempts[kind]) accept(kind, stream);
      else stream.getTracks().forEach((track) => track.stop());
    } catch (problem) {
      if (attempt === attempts[kind]) onState(kind, deviceProblem(/** @type {Error} */ (problem)), null);
    }
    await list();
  }

  navigator.mediaDevices.addEventListener?.("devicechange", list);

  return {
    open,
    /** Asks for both at once, so that the browser asks the person once; if that fails, one after the other, so that each has its answer. */
    async openBoth() {
      close("camera");
      close("microphone");
      const [camera, microphone] = [attempts.camera, attempts.microphone];
      onState("camera", "asking", null);
      onState("microphone", "asking", null);
      try {
        const both = await navigator.mediaDevices.getUserMedia({
          video: { width: { ideal: 1280 }, height: { ideal: 720 } },
          audio: true,
        });
        if (camera === attempts.camera) accept("camera", new MediaStream(both.getVideoTracks()));
        else both.getVideoTracks().forEach((track) => track.stop());
        if (microphone === attempts.microphone) accept("microphone", new MediaStream(both.getAudioTracks()));
        else both.getAudioTracks().forEach((track) => track.stop());
        await list();
      } catch {
        if (camera === attempts.camera) await open("camera");
        if (microphone === attempts.microphone) await open("microphone");
      }
    },
    /** @param {Kind} kind */
    switchOff(kind) {
      close(kind);
      onState(kind, "off", null);
    },
    /**
     * Lets go of the devices and says which ones were chosen.
     *
     * @returns {Record<Kind, MediaDeviceInfo | null>}
     */
    finish() {
      const of = (/** @type {Kind} */ kind) =>
        known.find((device) => device.kind === KINDS[kind].input && device.deviceId === chosen(kind)) ?? null;
      const result = { camera: of("camera"), microphone: of("microphone") };
      close("camera");
      close("microphone");
      navigator.mediaDevices.removeEventListener?.("devicechange", list);
      return result;
    },
  };
}

/**
 * Measures how loud a microphone is. Returns a function that ends it.
 *
 * @param {MediaStream} stream
 * @param {(level: number, heard: boolean) => void} onLevel
 */
function listen(stream, onLevel) {
  const Context = window.AudioContext ?? window.webkitAudioContext;
  if (!Context) return () => {};
  const context = new Context();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  // Some browsers let sound through only after the person did something on the page.
  const resume = () => context.resume().catch(() => {});
  resume();
  addEventListener("pointerdown", resume);
  addEventListener("keydown", resume);
  const samples = new Uint8Array(analyser.fftSize);
  let heard = false;
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + ((sample - 128) / 128) ** 2, 0) / samples.length;
    const loudness = power > 0 ? 10 * Math.log10(power) : SILENCE_DB;
    heard ||= loudness > HEARD_DB;
    onLevel(Math.min(1, Math.max(0, 1 - loudness / SILENCE_DB)), heard);
  }, LEVEL_EVERY_MS);
  return () => {
    clearInterval(timer);
    removeEventListener("pointerdown", resume);
    removeEventListener("keydown", resume);
    context.close().catch(() => {});
  };
}
