// Opens the room an invitation is for. Everything that can go wrong ends in a sentence that says what to do next.

import { INCOMPLETE, INSECURE, NO_TOKEN, NO_WEBRTC, onFailure, onLeft, shownTitle } from "./words.js";

const KEPT = "invitation";
const SLOW_AFTER = 12_000;
const part = (id) => document.getElementById(id);

/** The invitation, taken out of the address bar and kept for this tab, so that a reload works. */
function invitation() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    return token ?? sessionStorage.getItem(KEPT);
  } catch {
    return token;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept, then.
  }
}

function say({ heading, text, again }) {
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
  say({ heading: "Opening the room…", text: "This takes a few seconds.", again: false });
  const slow = setTimeout(() => {
    part("text").textContent =
      "This takes longer than usual. If nothing happens, check the connection and reload the page.";
  }, SLOW_AFTER);
  let meeting;
  try {
    meeting = await window.RealtimeKitClient.init({ authToken: token, defaults: { audio: true, video: true } });
  } catch (problem) {
    say(onFailure(problem, token, Date.now(), navigator.onLine));
    return;
  } finally {
    clearTimeout(slow);
  }
  meeting.self.on("roomLeft", ({ state }) => {
    const words = onLeft(state);
    if (!words.again) forget();
    say(words);
  });
  const title = shownTitle(meeting.meta?.meetingTitle);
  // RealtimeKit's elements show this title in their header and on the setup screen.
  if (meeting.meta) meeting.meta.meetingTitle = title;
  const room = document.createElement("rtk-meeting");
  // The setup screen asks for name, camera and microphone, and joins by itself.
  room.setAttribute("show-setup-screen", "true");
  room.meeting = meeting;
  part("message").hidden = true;
  part("room").hidden = false;
  part("room").replaceChildren(room);
  document.title = title;
}

function start() {
  const token = invitation();
  if (!token) return say(NO_TOKEN);
  if (!window.isSecureContext) return say(INSECURE);
  if (!window.RTCPeerConnection || !navigator.mediaDevices?.getUserMedia) return say(NO_WEBRTC);
  if (!window.RealtimeKitClient || !window.RtkUiKit) return say(INCOMPLETE);
  // The bundle only brings the elements; they exist once it is asked for them.
  window.RtkUiKit.defineCustomElements();
  return open(token);
}

// A fresh page is the surest way to a fresh connection; the invitation is kept across it.
part("again").addEventListener("click", () => location.reload());
// Another invitation opened in this tab changes the fragment and nothing else.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());
start();
