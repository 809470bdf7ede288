// The practice room. It shows one of four views: entry, waiting, room, over.
//
// The token comes in the fragment of the URL, which is never sent to the server, and is removed from the URL at once. It is
// stored for this tab only, so that a reload can join again.

import { preview } from "./camera.js";
import { connect } from "./connection.js";

const STORAGE_KEY = "practice-room";
const byId = (id) => document.getElementById(id);
const VIEWS = ["entry", "waiting", "room", "over"];

let saved = { token: "", autojoin: false, name: null, inside: false };
let connection = null;
let me = null;
let people = null;
let cameraOff = () => {};

/** Shows one view and moves the focus to its heading, so that a screen reader starts there. */
function show(view) {
  for (const id of VIEWS) byId(id).hidden = id !== view;
  if (view !== "room") cameraOff();
  byId(view).querySelector("h1").focus();
}

function showEnd(heading, text, mayJoinAgain) {
  save({ inside: false });
  connection = null;
  byId("over-title").textContent = heading;
  byId("over-text").textContent = text;
  byId("again").hidden = !mayJoinAgain;
  document.title = `${heading} – Practice room`;
  show("over");
}

function save(changes) {
  saved = { ...saved, ...changes };
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(saved));
  } catch {
    // Without storage, a reload cannot join again.
  }
}

function readInvitation() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token) {
    save({ token, autojoin: fragment.get("autojoin") === "1", name: null, inside: false });
    history.replaceState(null, "", location.pathname);
    return;
  }
  try {
    saved = { ...saved, ...JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}") };
  } catch {
    // Unreadable storage counts as empty.
  }
}

function join(name) {
  me = null;
  people = null;
  byId("lines").replaceChildren();
  byId("quiet").hidden = false;
  save({ name });
  show("waiting");
  connection = connect(saved.token, name, onMessage);
}

function onMessage(message) {
  switch (message.type) {
    case "joined":
      return showJoined(message);
    case "people":
      return showPeople(message.people);
    case "recording":
      return showRecording(message.state, true);
    case "chat":
      return showLine(message);
    case "poll":
      return showPoll(message.poll);
    case "dropped":
      byId("trouble").hidden = false;
      return announce("The connection was lost. Trying again.");
    case "lost":
      return showEnd("No connection", "The sandbox does not answer. Check whether it is still running, then join again.", true);
    case "refused":
      return showEnd("You cannot join", message.reason, false);
    case "ended":
      return showEnd("The session has ended", "The room was closed, or you were removed from it. You can close this tab.", false);
  }
}

function showJoined({ peer_id, meeting, people: present, recording, chat = [] }) {
  const isReturn = me !== null;
  me = peer_id;
  save({ inside: true });
  byId("trouble").hidden = true;
  // Clients append a room code to the title to recognise their meetings. People in the room need not see it.
  const title = (meeting.title ?? "").replace(/ · [A-Z]{2}-[0-9A-Z]{6,8}$/, "") || "Untitled session";
  byId("title").textContent = title;
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
  byId("people").replaceChildren(...present.map(personItem));
  byId("count").textContent = String(present.length);
  byId("count").setAttribute("aria-label", present.length === 1 ? "one person" : `${present.length} people`);
  const mine = names.get(me);
  byId("as").textContent = mine ? `You are here as ${mine}.` : "";
  if (people !== null) {
    const came = [...names].filter(([id]) => !people.has(id)).map(([, name]) => `${name} joined.`);
    const went = [...people].filter(([id]) => !names.has(id)).map(([, name]) => `${name} left.`);
    announce([...came, ...went].join(" "));
  }
  people = names;
}

function personItem(person) {
  const item = document.createElement("li");
  const face = element("span", "face", [...(person.name || "?")][0].toUpperCase());
  face.setAttribute("aria-hidden", "true");
  const who = element("div", "who");
  who.append(element("span", "", person.name || "No name"));
  const isMe = person.peer_id === me;
  if (isMe) item.className = "me";
  const role = /host/i.test(person.preset ?? "") ? "Host" : "";
  const remark = [isMe ? "You" : "", role, person.muted ? "Muted" : ""].filter(Boolean).join(" · ");
  if (remark) who.append(element("small", "", remark));
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

function showRecording(state, isChange) {
  const [look, words] = RECORDING[state] ?? ["", "Not recorded"];
  byId("recording").className = `pill ${look}`;
  byId("recording").textContent = words;
  if (isChange) announce(`${words}.`);
}

/** Shows earlier messages. A screen reader does not announce them, because they are not new. */
function showEarlier(chat) {
  const lines = byId("lines");
  lines.setAttribute("aria-live", "off");
  lines.replaceChildren();
  byId("quiet").hidden = false;
  chat.forEach(showLine);
  requestAnimationFrame(() => lines.removeAttribute("aria-live"));
}

function showPoll({ question, options }) {
  const text = [question, ...options.map((option) => `• ${option.text}`)].join("\n");
  showLine({ from: "Poll", text, at: new Date().toISOString() });
}

function showLine({ from, text, at }) {
  const lines = byId("lines");
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const item = document.createElement("li");
  const by = element("div", "by");
  const when = new Date(at);
  const clock = Number.isNaN(when.getTime()) ? "" : when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  by.append(element("strong", "", from), element("small", "", clock));
  item.append(by, element("p", "", text));
  lines.append(item);
  byId("quiet").hidden = true;
  // The list does not scroll for a person who has scrolled up.
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function element(kind, className, text = "") {
  const created = document.createElement(kind);
  if (className) created.className = className;
  created.textContent = text;
  return created;
}

function announce(text) {
  if (text) byId("said").textContent = text;
}

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  join(byId("name").value.trim() || null);
});
byId("chat").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (text && connection?.chat(text)) byId("text").value = "";
});
byId("leave").addEventListener("click", () => {
  connection?.leave();
  showEnd("You have left", "Your place in the room is free. You can come back as long as the session runs.", true);
});
byId("again").addEventListener("click", () => join(saved.name));
// Opening another invitation in this tab changes only the fragment.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());

cameraOff = preview({
  button: byId("camera-switch"),
  figure: byId("camera"),
  picture: byId("camera-picture"),
  note: byId("camera-note"),
});

readInvitation();
if (!saved.token) {
  showEnd("No invitation", "This address has no invitation. Open the complete link that you were sent.", false);
} else if (saved.autojoin || saved.inside) {
  join(saved.name);
} else {
  show("entry");
  byId("name").value = saved.name ?? "";
  byId("name").focus();
}
