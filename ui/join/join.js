// The steps of the page: reading the invitation, name and consent, camera and microphone, the room, and afterwards. Every failure ends in a
// message that says what to do next.

import { linkOf, readInvitation, withoutInvitation } from "./address.js";
import { deviceCheck } from "./devices.js";
import { Door, codeOf, pauseAfter } from "./door.js";
import { doorWords } from "./door-words.js";
import {
  Incomplete,
  isHost,
  loadClient,
  loadElements,
  openRoom,
  receiveLittle,
  sendNothing,
  switchOn,
} from "./room.js";
import { expiryOf, isWhole, validFrom } from "./token.js";
import { mayOpen, pauseBefore } from "./waiting.js";
import {
  CUT_OFF,
  INCOMPLETE,
  INSECURE,
  LABELS,
  LANGUAGE,
  NO_TOKEN,
  NO_WEBRTC,
  deviceWords,
  isRefusal,
  joiningName,
  notOpenYet,
  onFailure,
  onLeft,
  shownName,
  shownTitle,
} from "./words.js";

/** The code of the class link that was opened; empty where the address has an invitation in it. */
const CODE = codeOf(location);
/** The key of what this tab knows, in the session storage: the invitation and the answers of the person. */
const STORAGE_KEY = CODE ? `class ${CODE}` : "invitation";
/** How long opening the room may take before the page says that it is slow, in milliseconds. */
const SLOW_AFTER_MS = 12_000;
/** What the page shows, one at a time. */
const VIEWS = ["message", "you", "check", "room"];

/** @type {(id: string) => any} */
const part = (id) => document.getElementById(id);

/**
 * What the page knows. `agreed` is null before the person has answered.
 *
 * @type {{token: string, opens: number | null, recorded: boolean | null, name: string | null, agreed: boolean | null}}
 */
let known = { token: "", opens: null, recorded: null, name: null, agreed: null };
/** Where a class link is opened, the seat comes from the door; null for an invitation. */
const door = CODE ? new Door(CODE, () => localStorage) : null;
/** @type {import("./door.js").Shown | null} what the door says of the class */
let shown = null;
/** @type {any} */
let meeting = null;
/** @type {ReturnType<typeof deviceCheck> | null} */
let devices = null;
let title = "";
/** What the person wants to join with, if it works. */
const wishes = { camera: true, microphone: false };
/** Late answers of earlier tries are dropped. */
let attempts = 0;
/** Whether a reload finds the invitation again. */
let stored = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {(() => Promise<void>) | null} what the door is asked again, while it is waited for */
let askAgain = null;

/** Takes the invitation out of the address bar. What it says is kept for this tab, so that a reload works. */
function readAddress() {
  const invitation = readInvitation(location.href);
  if (invitation.token) {
    // The origin is said, because a path may begin with two slashes.
    history.replaceState(null, "", location.origin + withoutInvitation(location));
    remember({ ...invitation, name: null, agreed: null });
    return;
  }
  try {
    known = { ...known, ...JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}") };
    stored = true;
  } catch {
    // Unreadable storage counts as empty.
  }
}

/** @param {Partial<typeof known>} changes */
function remember(changes) {
  known = { ...known, ...changes };
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(known));
    stored = true;
  } catch {
    // Without storage, a reload needs the link again.
  }
}

/** The invitation is of no use any more. */
function forget() {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // The browser has no session storage, so nothing was stored.
  }
}

/**
 * Shows one view and moves the focus to its heading, so that a screen reader goes on there.
 *
 * @param {string} view
 * @param {string} name of the document
 */
function show(view, name) {
  clearTimeout(timer);
  for (const id of VIEWS) part(id).hidden = id !== view;
  part("pages").hidden = view === "room";
  if (view !== "room") {
    part("room").replaceChildren();
    part("trouble").hidden = true;
    part("started").close?.();
  }
  if (view !== "check") {
    devices?.finish();
    devices = null;
  }
  document.title = name;
  scrollTo(0, 0);
  (part(view).querySelector("h1") ?? part(view)).focus();
}

/**
 * @param {import("./words.js").Words} words
 * @param {string} [button] the label of the button that joins again
 */
function tell({ heading, text, next }, button = LABELS.again) {
  meeting = null;
  part("heading").textContent = heading;
  part("text").textContent = text;
  part("again").textContent = button;
  part("again").hidden = next !== "again";
  part("copy").hidden = part("elsewhere").hidden = next !== "copy";
  part("link").value = next !== "copy" ? "" : door ? location.href : linkOf(location.href, known);
  part("copied").hidden = true;
  show("message", heading);
}

/** Whether the person runs the class. */
const hosts = () => (door ? shown?.host === true : isHost(meeting));

/** @param {string} text for screen readers only */
function say(text) {
  part("said").textContent = text;
}

/** @param {string} text shown above the room; empty to take it away */
function warn(text) {
  part("trouble").textContent = text;
  part("trouble").hidden = text === "";
}

/** @param {string} heading */
function busy(heading) {
  tell({ heading, text: LABELS.openingText, next: null });
  timer = setTimeout(() => (part("text").textContent = LABELS.openingSlow), SLOW_AFTER_MS);
}

/** The time from which a room may be entered: what the invitation says, or else the token. */
const opens = () => known.opens ?? validFrom(known.token);

/** @param {number} at seconds since 1970 */
function waitUntilOpen(at) {
  const words = notOpenYet(at, Date.now());
  // A try that changes nothing does not move the focus.
  if (part("message").hidden || part("heading").textContent !== words.heading) tell(words, LABELS.now);
  timer = setTimeout(() => open(true), pauseBefore(at, Date.now(), Math.random()));
}

/**
 * Asks for the room. A try of the page itself changes nothing while the room may still be opened.
 *
 * @param {boolean} [byItself] whether nobody pressed a button
 */
async function open(byItself = false) {
  const attempt = (attempts += 1);
  let opened;
  try {
    await loadClient();
    opened = await openRoom(known.token);
  } catch (problem) {
    if (attempt === attempts) refused(problem, byItself);
    return;
  }
  if (attempt !== attempts) return;
  // The elements are a large file, and they are needed only after the next steps.
  loadElements().catch(() => {});
  take(opened);
  if (known.name === null) remember({ name: shownName(meeting.self.name) });
  if (isHost(meeting)) remember({ agreed: true });
  if (known.name && (known.agreed || known.recorded === false)) showCheck();
  else showYou();
}

/** @param {any} opened the room, in which nobody is yet */
function take(opened) {
  meeting = opened;
  meeting.self.on("roomLeft", ({ state }) => left(state));
  title = shownTitle(meeting.meta?.meetingTitle);
  // RealtimeKit's elements show this title in the header.
  if (meeting.meta) meeting.meta.meetingTitle = title;
}

/** Asks the door what the class is. */
async function knock() {
  askAgain = null;
  const reply = await door.show();
  const reason = reply.reason ?? (["over", "cancelled"].includes(reply.value.state) ? reply.value.state : null);
  if (reason !== null) return notNow({ ...reply, reason }, knock);
  shown = reply.value;
  title = shownTitle(shown.title);
  remember({
    opens: Math.floor(shown.opens / 1000),
    recorded: shown.recorded,
    ...(shown.name !== null && { name: shownName(shown.name) }),
    ...(shown.host && { agreed: true }),
  });
  // Both are large files, and they are needed only after the next steps.
  for (const load of [loadClient, loadElements]) load().catch(() => {});
  if (known.name && (known.agreed !== null || !shown.recorded)) showCheck();
  else showYou();
}

/**
 * Asks the door for the seat, and joins with it. While the class is not open, the page goes on asking.
 *
 * @param {Parameters<typeof switchOn>[1]} choice
 * @param {boolean} saves whether to receive little
 */
async function comeIn(choice, saves) {
  askAgain = null;
  const attempt = (attempts += 1);
  const reply = await door.sit(known);
  if (attempt !== attempts) return;
  if (reply.reason !== undefined) return notNow(reply, () => comeIn(choice, saves));
  remember({ token: reply.value.token });
  try {
    await loadClient();
    take(await openRoom(known.token));
  } catch (problem) {
    if (attempt === attempts) refused(problem, false);
    return;
  }
  return join(choice, saves);
}

/**
 * Says why the door does not let the person in, and asks again by itself where that helps.
 *
 * @param {{reason: string, opens?: number}} reply
 * @param {() => Promise<void>} again
 */
function notNow(reply, again) {
  const words = doorWords(reply, door.now);
  // A try that changes nothing does not move the focus.
  if (part("message").hidden || part("heading").textContent !== words.heading) tell(words, LABELS.now);
  const pause = pauseAfter(reply, door.now, Math.random());
  if (pause === null) return;
  askAgain = again;
  timer = setTimeout(again, pause);
}

/**
 * @param {any} problem
 * @param {boolean} byItself
 */
function refused(problem, byItself) {
  const [at, now] = [opens(), Date.now()];
  // At the door, whoever has a seat was let in by the door's own clock.
  if (door) return tell(onFailure(problem, known.token, now, navigator.onLine));
  const expired = (expiryOf(known.token) ?? Infinity) * 1000 <= now;
  if (at !== null && mayOpen(at, now) && !expired && (isRefusal(problem) || byItself)) return waitUntilOpen(at);
  if (problem instanceof Incomplete && navigator.onLine) return tell(INCOMPLETE);
  return tell(onFailure(problem, known.token, now, navigator.onLine));
}

function showYou() {
  const asked = !hosts() && known.recorded !== false;
  part("you-title").textContent = title;
  part("name").value = known.name ?? "";
  // A personal link has its name.
  part("name").readOnly = Boolean(shown?.name);
  part("notice").hidden = !asked;
  part("notice-title").textContent = known.recorded ? LABELS.recorded : LABELS.maybeRecorded;
  part("notice-text").textContent = shown?.consent || (known.recorded ? LABELS.recordedText : LABELS.maybeRecordedText);
  for (const choice of part("you").elements.consent) {
    choice.checked = known.agreed !== null && choice.value === (known.agreed ? "agreed" : "declined");
  }
  problem("name", "");
  problem("answer", "");
  nameGoOn();
  show("you", title);
}

/** Whoever does not agree joins at once, so the button says so. */
function nameGoOn() {
  const declines = part("you").elements.consent.value === "declined" && !part("notice").hidden;
  part("go-on").textContent = declines ? LABELS.join : LABELS.continue;
}

/**
 * @param {"name" | "answer"} field
 * @param {string} text
 */
function problem(field, text) {
  part(`${field}-problem`).textContent = text;
  part(`${field}-problem`).hidden = text === "";
  if (field === "name") part("name").setAttribute("aria-invalid", String(text !== ""));
}

function submitYou() {
  const name = shownName(part("name").value);
  const asked = !part("notice").hidden;
  const answer = part("you").elements.consent.value;
  problem("name", name ? "" : LABELS.nameMissing);
  problem("answer", !asked || answer ? "" : LABELS.answerMissing);
  if (!name) return part("name").focus();
  if (asked && !answer) return part("you").elements.consent[0].focus();
  remember({ name, agreed: asked ? answer === "agreed" : known.agreed });
  if (asked && answer === "declined") enterWith({ camera: null, microphone: null, video: false, audio: false });
  else showCheck();
}

function showCheck() {
  part("check-title").textContent = title;
  part("as").textContent = known.name;
  wishes.camera = true;
  // The host is expected to speak; a whole class that comes in unmuted is noisy.
  wishes.microphone = hosts();
  part("save-data").checked = false;
  show("check", title);
  devices = deviceCheck({ onState: showDevice, onDevices: listDevices, onLevel: showLevel });
  devices.openBoth();
}

/** @type {(kind: "camera" | "microphone", state: import("./words.js").DeviceState, stream: MediaStream | null) => void} */
function showDevice(kind, state, stream) {
  const words = deviceWords(kind, state);
  part(kind).dataset.state = state;
  if (kind === "camera") {
    part("preview").srcObject = stream;
    part("preview").hidden = stream === null;
    part("camera-words").textContent = words;
    part("camera-words").hidden = words === "";
  } else {
    part("microphone-words").textContent = state === "on" ? LABELS.quiet : state === "asking" ? "" : words;
    if (state !== "on") showLevel(0, false);
  }
  showSwitches();
}

/** A device that does not work cannot be switched on, and neither can a camera on a slow connection. */
function showSwitches() {
  const works = (/** @type {string} */ kind) => ["on", "off", "asking"].includes(part(kind).dataset.state ?? "off");
  for (const kind of /** @type {const} */ (["camera", "microphone"])) {
    const possible = works(kind) && !(kind === "camera" && part("save-data").checked);
    part(`with-${kind}`).disabled = !possible;
    part(`with-${kind}`).checked = possible && wishes[kind];
  }
  part("level").hidden = !works("microphone");
  part("retry").hidden = works("camera") && works("microphone");
}

/** @type {(kind: "camera" | "microphone", devices: MediaDeviceInfo[], chosen: string) => void} */
function listDevices(kind, devices, chosen) {
  const options = devices.map((device, index) => {
    const option = document.createElement("option");
    option.value = device.deviceId;
    option.textContent = device.label || `${LABELS[kind]} ${index + 1}`;
    option.selected = device.deviceId === chosen;
    return option;
  });
  part(kind).replaceChildren(...options);
  part(`${kind}-field`).hidden = options.length === 0;
}

/** @type {(level: number, heard: boolean) => void} */
function showLevel(level, heard) {
  part("level").style.setProperty("--level", level.toFixed(2));
  part("level").setAttribute("aria-valuenow", String(Math.round(level * 100)));
  if (heard && part("microphone-words").textContent !== LABELS.heard)
    part("microphone-words").textContent = LABELS.heard;
}

/** Opens or closes the camera, as the switches say. */
function switchCamera() {
  if (wishes.camera && !part("save-data").checked) devices?.open("camera", part("camera").value || undefined);
  else devices?.switchOff("camera");
}

function submitCheck() {
  // Whoever joins before the device has started is asked by the browser once more.
  const usable = (/** @type {string} */ kind) => ["on", "asking"].includes(part(kind).dataset.state);
  const video = part("with-camera").checked && usable("camera");
  const audio = part("with-microphone").checked && usable("microphone");
  const saves = part("save-data").checked;
  const chosen = devices?.finish() ?? { camera: null, microphone: null };
  enterWith({ ...chosen, video, audio }, saves);
}

/** @type {(choice: Parameters<typeof switchOn>[1], saves?: boolean) => Promise<void>} */
function enterWith(choice, saves = false) {
  if (!door) return join(choice, saves);
  busy(LABELS.joining);
  return comeIn(choice, saves);
}

/**
 * @param {Parameters<typeof switchOn>[1]} choice
 * @param {boolean} [saves] whether to receive little
 */
async function join(choice, saves = false) {
  const joining = meeting;
  const declined = known.agreed === false;
  busy(LABELS.joining);
  meeting = joining;
  joining.self.on("waitlisted", () => {
    clearTimeout(timer);
    part("heading").textContent = LABELS.waiting;
    part("text").textContent = LABELS.waitingText;
    document.title = LABELS.waiting;
  });
  joining.self.on("roomJoined", ({ reconnected }) => (reconnected ? undefined : enter(joining)));
  joining.meta.on("socketConnectionUpdate", ({ state }) => connection(state));
  joining.recording?.on("recordingUpdate", (/** @type {string} */ state) => recording(joining, state));
  try {
    await loadElements();
    joining.self.setName(joiningName(known.name ?? "", isHost(joining) ? null : known.agreed));
    if (declined) sendNothing(joining);
    else await switchOn(joining, choice);
    if (saves) receiveLittle(joining);
    await joining.join();
  } catch (problem) {
    if (meeting === joining) refused(problem, false);
  }
}

/** @param {any} joined */
function enter(joined) {
  if (meeting !== joined || !part("room").hidden) return;
  const room = document.createElement("rtk-meeting");
  // The person went through the steps of this page, so RealtimeKit's own setup screen is not shown.
  room.showSetupScreen = false;
  room.meeting = joined;
  part("room").setAttribute("aria-label", title);
  show("room", title);
  part("room").replaceChildren(room);
  say(known.agreed === false ? LABELS.watching : title);
  recording(joined, joined.recording?.recordingState);
}

/** @param {string} state of the socket to the room */
function connection(state) {
  if (part("room").hidden) return;
  if (state === "connected") {
    if (!part("trouble").hidden) say(LABELS.reconnected);
    warn("");
  } else warn(LABELS.reconnecting);
}

/**
 * Somebody who was not asked, because the invitation said that the class is not recorded, is asked when it is recorded all the same.
 *
 * @param {any} joined
 * @param {string} state
 */
function recording(joined, state) {
  if (state !== "RECORDING" || known.agreed !== null || part("room").hidden || part("started").open) return;
  const answer = (/** @type {boolean} */ agreed) => {
    remember({ agreed });
    part("started").close();
    if (!agreed) {
      sendNothing(joined);
      say(LABELS.watching);
    }
  };
  part("stay").onclick = () => answer(true);
  part("switch-off").onclick = () => answer(false);
  part("started").showModal();
}

/** @param {string} state */
function left(state) {
  // RealtimeKit also says that the connection was lost when there never was one.
  const entered = !part("room").hidden || (state !== "disconnected" && state !== "failed");
  const words = entered ? onLeft(state) : onFailure({ code: "0002" }, known.token, Date.now(), navigator.onLine);
  if (words.next === null) forget();
  tell(words);
}

/** After a room was opened, a reload starts with a new connection. */
function joinAgain() {
  if (askAgain) {
    const again = askAgain;
    askAgain = null;
    clearTimeout(timer);
    return again();
  }
  if (title && stored) return location.reload();
  busy(LABELS.opening);
  return door ? knock() : open();
}

async function copy() {
  const link = part("link");
  try {
    await navigator.clipboard.writeText(link.value);
    part("copied").textContent = LABELS.copied;
  } catch {
    link.focus();
    link.select();
    part("copied").textContent = LABELS.notCopied;
  }
  part("copied").hidden = false;
}

function start() {
  document.documentElement.lang = LANGUAGE;
  part("late").hidden = true;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = LABELS[element.dataset.word];
  part("level").setAttribute("aria-label", LABELS.level);
  readAddress();
  if (!door && !known.token) return tell(NO_TOKEN);
  if (!door && !isWhole(known.token)) return tell(CUT_OFF);
  if (!window.isSecureContext) return tell(INSECURE);
  if (!window.RTCPeerConnection || !navigator.mediaDevices?.getUserMedia) return tell(NO_WEBRTC);
  busy(LABELS.opening);
  if (door) return knock();
  // Before its time a class may be open all the same. If it is not, the page waits, whatever the reason.
  return open((opens() ?? 0) * 1000 > Date.now());
}

const submits = (/** @type {() => void} */ action) => (/** @type {Event} */ event) => {
  event.preventDefault();
  action();
};
part("you").addEventListener("submit", submits(submitYou));
part("you").addEventListener("change", nameGoOn);
part("name").addEventListener("input", () => problem("name", ""));
part("notice").addEventListener("change", () => problem("answer", ""));
part("check").addEventListener("submit", submits(submitCheck));
part("change").addEventListener("click", showYou);
part("retry").addEventListener("click", () => devices?.openBoth());
part("save-data").addEventListener("change", switchCamera);
for (const kind of /** @type {const} */ (["camera", "microphone"])) {
  part(kind).addEventListener("change", () => devices?.open(kind, part(kind).value));
}
part("with-camera").addEventListener("change", () => {
  wishes.camera = part("with-camera").checked;
  switchCamera();
});
part("with-microphone").addEventListener("change", () => (wishes.microphone = part("with-microphone").checked));
part("again").addEventListener("click", joinAgain);
part("copy").addEventListener("click", copy);
part("link").addEventListener("focus", () => part("link").select());
// The answer about the recording cannot be put off.
part("started").addEventListener("cancel", (/** @type {Event} */ event) => event.preventDefault());
// Opening another invitation in this tab changes only the fragment, which does not load the page.
addEventListener("hashchange", () => /token(=|%3D)/i.test(location.hash) && location.reload());
start();
