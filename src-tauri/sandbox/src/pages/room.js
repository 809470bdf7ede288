// The practice room. One state at a time is shown: entry, waiting, room, over.
//
// The token comes in the fragment of the address, which no server sees, and is taken out of it at once. It is kept for
// this tab only, so that a reload finds its way back into the room.

import { preview } from "./camera.js";
import { connect } from "./connection.js";

const KEPT = "practice-room";
const part = (id) => document.getElementById(id);
const states = ["entry", "waiting", "room", "over"];

let kept = { token: "", autojoin: false, name: null, inside: false };
let connection = null;
let me = null;
let people = null;
let cameraOff = () => {};

/** Shows one state and moves the focus to its heading, so that a screen reader starts there. */
function show(state) {
  for (const id of states) part(id).hidden = id !== state;
  if (state !== "room") cameraOff();
  part(state).querySelector("h1").focus();
}

function over(heading, text, mayJoinAgain) {
  keep({ inside: false });
  connection = null;
  part("over-title").textContent = heading;
  part("over-text").textContent = text;
  part("again").hidden = !mayJoinAgain;
  document.title = `${heading} – Practice room`;
  show("over");
}

function keep(changes) {
  kept = { ...kept, ...changes };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing only loses the way back after a reload.
  }
}

function readInvitation() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token) {
    keep({ token, autojoin: fragment.get("autojoin") === "1", name: null, inside: false });
    history.replaceState(null, "", location.pathname);
    return;
  }
  try {
    kept = { ...kept, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
  } catch {
    // As if it had never been kept.
  }
}

function join(name) {
  me = null;
  people = null;
  part("lines").replaceChildren();
  part("quiet").hidden = false;
  keep({ name });
  show("waiting");
  connection = connect(kept.token, name, hear);
}

function hear(message) {
  switch (message.type) {
    case "joined":
      return entered(message);
    case "people":
      return showPeople(message.people);
    case "recording":
      return showRecording(message.state, true);
    case "chat":
      return showLine(message);
    case "poll":
      return showPoll(message.poll);
    case "dropped":
      part("trouble").hidden = false;
      return announce("The connection was lost. Trying again.");
    case "lost":
      return over("No connection", "The sandbox does not answer. See whether it is still running, then join again.", true);
    case "refused":
      return over("You cannot join", message.reason, false);
    case "ended":
      return over("The session has ended", "The room is closed, or you were asked to leave it. You can close this tab.", false);
  }
}

function entered({ peer_id, meeting, people: present, recording, chat = [] }) {
  const isReturn = me !== null;
  me = peer_id;
  keep({ inside: true });
  part("trouble").hidden = true;
  // Clients put a mark behind the name to find their rooms again; it is not for the people in them.
  const title = (meeting.title ?? "").replace(/ · [A-Z]{2}-[0-9A-Z]{6,8}$/, "") || "Untitled session";
  part("title").textContent = title;
  document.title = `${title} – Practice room`;
  people = null;
  if (!isReturn) show("room");
  showEarlier(chat);
  showPeople(present);
  showRecording(typeof recording === "string" ? recording : recording ? "RECORDING" : null, false);
  if (isReturn) announce("The connection is back.");
}

function showPeople(present) {
  const names = new Map(present.map((person) => [person.peer_id, person.name]));
  part("people").replaceChildren(...present.map(personItem));
  part("count").textContent = String(present.length);
  part("count").setAttribute("aria-label", present.length === 1 ? "one person" : `${present.length} people`);
  const mine = names.get(me);
  part("as").textContent = mine ? `You are here as ${mine}.` : "";
  if (people !== null) {
    const came = [...names].filter(([id]) => !people.has(id)).map(([, name]) => `${name} joined.`);
    const went = [...people].filter(([id]) => !names.has(id)).map(([, name]) => `${name} left.`);
    announce([...came, ...went].join(" "));
  }
  people = names;
}

function personItem(person) {
  const item = document.createElement("li");
  const face = made("span", "face", [...(person.name || "?")][0].toUpperCase());
  face.setAttribute("aria-hidden", "true");
  const who = made("div", "who");
  who.append(made("span", "", person.name || "No name"));
  const isMe = person.peer_id === me;
  if (isMe) item.className = "me";
  const role = /host/i.test(person.preset ?? "") ? "Host" : "";
  const remark = [isMe ? "You" : "", role, person.muted ? "Muted" : ""].filter(Boolean).join(" · ");
  if (remark) who.append(made("small", "", remark));
  item.append(face, who);
  return item;
}

const RECORDING = {
  INVOKED: ["wait", "Recording is starting"],
  RECORDING: ["live", "Recording"],
  PAUSED: ["wait", "Recording paused"],
  ERRORED: ["fail", "Recording failed"],
  UPLOADING: ["", "Recording stopped"],
  UPLOADED: ["", "Recording stopped"],
};

function showRecording(state, isNews) {
  const [look, words] = RECORDING[state] ?? ["", "Not recorded"];
  part("recording").className = `pill ${look}`;
  part("recording").textContent = words;
  if (isNews) announce(`${words}.`);
}

/** What was said before one came, or while the line was down. It is not news, so it is not read out. */
function showEarlier(chat) {
  const lines = part("lines");
  lines.setAttribute("aria-live", "off");
  lines.replaceChildren();
  part("quiet").hidden = false;
  chat.forEach(showLine);
  requestAnimationFrame(() => lines.removeAttribute("aria-live"));
}

function showPoll({ question, options }) {
  const text = [question, ...options.map((option) => `• ${option.text}`)].join("\n");
  showLine({ from: "Poll", text, at: new Date().toISOString() });
}

function showLine({ from, text, at }) {
  const lines = part("lines");
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const item = document.createElement("li");
  const by = made("div", "by");
  const when = new Date(at);
  const clock = Number.isNaN(when.getTime()) ? "" : when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  by.append(made("strong", "", from), made("small", "", clock));
  item.append(by, made("p", "", text));
  lines.append(item);
  part("quiet").hidden = true;
  // Somebody who is reading further up is left there.
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function made(kind, className, text = "") {
  const element = document.createElement(kind);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function announce(text) {
  if (text) part("said").textContent = text;
}

part("join").addEventListener("submit", (event) => {
  event.preventDefault();
  join(part("name").value.trim() || null);
});
part("chat").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = part("text").value.trim();
  if (text && connection?.chat(text)) part("text").value = "";
});
part("leave").addEventListener("click", () => {
  connection?.leave();
  over("You have left", "Your place in the room is free. You can come back as long as the session runs.", true);
});
part("again").addEventListener("click", () => join(kept.name));
// Another invitation opened in this tab changes the fragment and nothing else.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());

cameraOff = preview({
  button: part("camera-switch"),
  figure: part("camera"),
  picture: part("camera-picture"),
  note: part("camera-note"),
});

readInvitation();
if (!kept.token) {
  over("No invitation", "This address has no invitation in it. Open the whole link you were sent.", false);
} else if (kept.autojoin || kept.inside) {
  join(kept.name);
} else {
  show("entry");
  part("name").value = kept.name ?? "";
  part("name").focus();
}
