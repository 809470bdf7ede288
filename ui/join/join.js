// Opens the room of an invitation. Every failure ends in a message that says what to do next.

import { INCOMPLETE, INSECURE, NO_TOKEN, NO_WEBRTC, onFailure, onLeft, shownTitle } from "./words.js";

/** The key of the invitation in the session storage. */
const STORAGE_KEY = "invitation";
/** How long opening the room may take before the page says that it is slow, in milliseconds. */
const SLOW_AFTER_MS = 12_000;
const part = (id) => document.getElementById(id);

/** The token of the invitation. It is removed from the address bar and stored for this tab, so that a reload works. */
function invitation() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (token) sessionStorage.setItem(STORAGE_KEY, token);
    return token ?? sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return token;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // The browser has no session storage, so nothing was stored.
  }
}

function show({ heading, text, again }) {
  part("room").replaceChildren();
  part("room").hidden = true;
  part("message").hidden = false;
  part("heading").textContent = heading;
  part("text").textContent = text;
  part("again").hidden = !again;
  document.title = heading;
  part("heading").focus();
}

async function open(token) {
  show({ heading: "Opening the room…", text: "This takes a few seconds.", again: false });
  const slow = setTimeout(() => {
    part("text").textContent =
      "This takes longer than usual. If nothing happens, check the connection and reload the page.";
  }, SLOW_AFTER_MS);
  let meeting;
  try {
    meeting = await window.RealtimeKitClient.init({ authToken: token, defaults: { audio: true, video: true } });
  } catch (problem) {
    show(onFailure(problem, token, Date.now(), navigator.onLine));
    return;
  } finally {
    clearTimeout(slow);
  }
  meeting.self.on("roomLeft", ({ state }) => {
    const words = onLeft(state);
    if (!words.again) forget();
    show(words);
  });
  const title = shownTitle(meeting.meta?.meetingTitle);
  // RealtimeKit's elements show this title in the header and on the setup screen.
  if (meeting.meta) meeting.meta.meetingTitle = title;
  const room = document.createElement("rtk-meeting");
  // The setup screen asks for name, camera and microphone, and then joins the room.
  room.setAttribute("show-setup-screen", "true");
  room.meeting = meeting;
  part("message").hidden = true;
  part("room").hidden = false;
  part("room").replaceChildren(room);
  document.title = title;
}

function start() {
  const token = invitation();
  if (!token) return show(NO_TOKEN);
  if (!window.isSecureContext) return show(INSECURE);
  if (!window.RTCPeerConnection || !navigator.mediaDevices?.getUserMedia) return show(NO_WEBRTC);
  if (!window.RealtimeKitClient || !window.RtkUiKit) return show(INCOMPLETE);
  // Loading the bundle alone does not define the elements.
  window.RtkUiKit.defineCustomElements();
  return open(token);
}

// A reload starts with a new connection; the invitation is stored.
part("again").addEventListener("click", () => location.reload());
// Opening another invitation in this tab changes only the fragment, which does not load the page.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());
start();
