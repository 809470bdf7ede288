// RealtimeKit: its two bundles, the client that opens a room, and what a person may send there.

/** @typedef {any} Meeting RealtimeKit's `Client`, see the typings of @cloudflare/realtimekit */

/** A file of the page did not come, or is not what it should be. */
export class Incomplete extends Error {}

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Loads a script that lies beside this one, once.
 *
 * @param {string} name
 * @returns {Promise<void>}
 */
function script(name) {
  const known = loading.get(name);
  if (known) return known;
  const loaded = new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL(name, import.meta.url).href;
    element.addEventListener("load", () => resolve(undefined));
    element.addEventListener("error", () => reject(new Incomplete(name)));
    document.head.append(element);
  });
  loading.set(name, loaded);
  // A file that did not come may come the next time.
  loaded.catch(() => loading.delete(name));
  return loaded;
}

/** Loads RealtimeKit's client. The page needs it before it knows anything of the room. */
export async function loadClient() {
  await script("realtimekit.js");
  if (!window.RealtimeKitClient) throw new Incomplete("realtimekit.js");
}

/** Loads RealtimeKit's elements, which show the room. */
export async function loadElements() {
  await script("realtimekit-ui.js");
  if (!window.RtkUiKit) throw new Incomplete("realtimekit-ui.js");
  // Loading the bundle alone does not define the elements.
  window.RtkUiKit.defineCustomElements();
}

/**
 * Asks RealtimeKit for the room of a token. Nobody is in it yet, and no device is used.
 *
 * @param {string} token
 * @returns {Promise<Meeting>}
 */
export const openRoom = (token) =>
  window.RealtimeKitClient.init({ authToken: token, defaults: { audio: false, video: false } });

/**
 * Whether the person runs the class: they decide whether it is recorded, so they are not asked.
 *
 * @param {Meeting} meeting
 * @returns {boolean}
 */
export const isHost = (meeting) => meeting.self?.permissions?.canRecord === true;

/**
 * Keeps camera, microphone and screen of this person off for as long as they are in the room. RealtimeKit reads these permissions
 * before it opens a device and before it shows a button; whatever is switched on all the same is switched off at once.
 *
 * @param {Meeting} meeting
 */
export function sendNothing(meeting) {
  const { self } = meeting;
  for (const name of ["canProduceVideo", "canProduceAudio", "canProduceScreenshare"]) {
    Object.defineProperty(self.permissions, name, { configurable: true, get: () => "NOT_ALLOWED" });
  }
  const off = () => {
    if (self.videoEnabled) self.disableVideo();
    if (self.audioEnabled) self.disableAudio();
    if (self.screenShareEnabled) self.disableScreenShare();
  };
  for (const event of ["videoUpdate", "audioUpdate", "screenShareUpdate"]) self.on(event, off);
  off();
}

/**
 * Receives as little as RealtimeKit lets a person choose: the pictures of two people at a time.
 *
 * @param {Meeting} meeting
 */
export function receiveLittle(meeting) {
  meeting.participants?.setMaxActiveParticipantsCount?.(2);
}

/** Nobody waits longer for a device before joining, in milliseconds. */
const DEVICE_WAIT_MS = 8_000;

/**
 * Switches on what the person chose. A device that does not start, or a question of the browser that nobody answers, keeps nobody out of the
 * room.
 *
 * @param {Meeting} meeting
 * @param {{camera: MediaDeviceInfo | null, microphone: MediaDeviceInfo | null, video: boolean, audio: boolean}} choice
 */
export async function switchOn(meeting, { camera, microphone, video, audio }) {
  const { self } = meeting;
  const attempt = async (/** @type {() => Promise<void>} */ action) => {
    const enough = new Promise((resolve) => setTimeout(resolve, DEVICE_WAIT_MS));
    try {
      await Promise.race([action(), enough]);
    } catch (problem) {
      console.warn(problem);
    }
  };
  if (video) await attempt(() => self.enableVideo());
  if (video && camera) await attempt(() => choose(self, "video", camera));
  if (audio) await attempt(() => self.enableAudio());
  if (audio && microphone) await attempt(() => choose(self, "audio", microphone));
}

/**
 * @param {any} self
 * @param {"video" | "audio"} kind
 * @param {MediaDeviceInfo} device
 */
async function choose(self, kind, device) {
  if (self.getCurrentDevices()[kind]?.deviceId !== device.deviceId) await self.setDevice(device);
}
