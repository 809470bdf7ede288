// The page for watching: what the link is, its passphrase, and the player.

import { WatchLink, keyOf, watchCodeOf } from "./watch-link.js";
import { WATCH_LABELS, factsOf, titleOf, watchWords } from "./watch-words.js";
import { LANGUAGE } from "./words.js";

const VIEWS = ["message", "locked", "watch"];
/** Safari plays by itself and loads every file with the permission of the start, so it begins anew this long before that ends. */
const SWAP_MS = 4 * 60_000;

/** @type {(id: string) => any} */
const part = (id) => document.getElementById(id);
const link = new WatchLink(watchCodeOf(location));
/** @type {{salt: string, rounds: number} | null} */
let locked = null;

/**
 * @param {string} view
 * @param {string} name of the document
 */
function show(view, name) {
  for (const id of VIEWS) part(id).hidden = id !== view;
  document.title = name;
  part(view).querySelector("h1").focus();
}

/** @param {any} problem */
function tell(problem) {
  const { heading, text, next } = watchWords({ reason: problem?.reason ?? "later", opens: problem?.opens }, link.now);
  part("heading").textContent = heading;
  part("text").textContent = text;
  part("again").hidden = next !== "again";
  show("message", heading);
}

async function start() {
  try {
    const about = await link.show();
    locked = about.locked ? about : null;
    if (!locked) return await play();
    part("passphrase-problem").hidden = true;
    show("locked", WATCH_LABELS.locked);
    part("passphrase").focus();
  } catch (problem) {
    tell(problem);
  }
}

async function unlock() {
  const typed = part("passphrase").value;
  if (!typed) return wrong(WATCH_LABELS.passphraseMissing);
  part("unlock").disabled = true;
  part("unlock").textContent = WATCH_LABELS.checking;
  try {
    await play(await keyOf(typed, /** @type {any} */ (locked)));
  } catch (problem) {
    const { reason, opens } = /** @type {any} */ (problem);
    if (reason !== "passphrase" && reason !== "slow") return tell(problem);
    const { heading, text } = watchWords({ reason, opens }, link.now);
    wrong(`${heading}. ${text}`);
  } finally {
    part("unlock").disabled = false;
    part("unlock").textContent = WATCH_LABELS.watch;
  }
}

/** @param {string} text */
function wrong(text) {
  part("passphrase-problem").textContent = text;
  part("passphrase-problem").hidden = false;
  part("passphrase").setAttribute("aria-invalid", "true");
  part("passphrase").select();
}

/** @param {string} [key] */
async function play(key) {
  const about = await link.play(key);
  const title = titleOf(about.title);
  part("title").textContent = title;
  part("facts").textContent = factsOf(about);
  part("download").hidden = !about.download;
  show("watch", title);
  await attach(part("video"), about.start);
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} begin in seconds
 */
async function attach(video, begin) {
  const { default: Hls } = await import("./hls.js");
  if (!Hls.isSupported()) return attachNatively(video, begin);
  const hls = new Hls({
    enableWorker: false,
    startPosition: begin || -1,
    xhrSetup: async (xhr, asked) => xhr.open("GET", await link.renewed(asked), true),
  });
  let mended = false;
  hls.on(Hls.Events.ERROR, (_event, { fatal, type, response }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
      mended = true;
      return hls.recoverMediaError();
    }
    hls.destroy();
    const refused = [401, 403, 404, 410].includes(response?.code ?? 0);
    tell({ reason: type !== Hls.ErrorTypes.NETWORK_ERROR ? "no_decoder" : refused ? "not_ready" : "offline" });
  });
  hls.loadSource(link.address("manifest/video.m3u8"));
  hls.attachMedia(video);
}

/** @type {typeof attach} */
async function attachNatively(video, begin) {
  if (!video.canPlayType("application/vnd.apple.mpegurl")) return tell({ reason: "no_decoder" });
  video.addEventListener("error", () => tell({ reason: "not_ready" }), { once: true });
  /** @param {number} at */
  const load = (at) => {
    video.src = link.address("manifest/video.m3u8");
    video.addEventListener("loadedmetadata", () => (video.currentTime = at), { once: true });
  };
  load(begin);
  const swap = async () => {
    const [at, paused] = [video.currentTime, video.paused];
    await link.renew();
    load(at);
    if (!paused) await video.play();
    setTimeout(swap, link.left - SWAP_MS);
  };
  setTimeout(swap, link.left - SWAP_MS);
}

/** The permission may have changed since the page was opened. */
async function download() {
  part("download").href = await link.renewed(link.address("downloads/default.mp4"));
}

document.documentElement.lang = LANGUAGE;
for (const element of document.querySelectorAll("[data-word]"))
  element.textContent = WATCH_LABELS[/** @type {HTMLElement} */ (element).dataset.word];
part("again").addEventListener("click", () => location.reload());
part("locked").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  unlock();
});
for (const event of ["pointerdown", "focus"]) part("download").addEventListener(event, download);
start();
