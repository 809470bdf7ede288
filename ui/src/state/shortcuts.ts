// Every key that does something, in one place: for the keys themselves, for the palette and for the list of them.

export type Place = "Everywhere" | "Today" | "Schedule" | "Recordings";

export type Shortcut = {
  id: string;
  title: string;
  /** "n", "/", "ctrl+shift+e"; shown with the title. */
  keys: string;
  /** Other keys that do the same. */
  also?: readonly string[];
  place: Place;
  /** Works also while a dialog is open. */
  inDialogs?: boolean;
  /** Works also while a question waits for its answer. */
  inQuestions?: boolean;
};

const ALL = [
  {
    id: "palette",
    title: "Search, or run a command",
    keys: "ctrl+k",
    place: "Everywhere",
    inDialogs: true,
  },
  { id: "new-session", title: "New class", keys: "n", also: ["ctrl+n"], place: "Everywhere" },
  { id: "search", title: "Search recordings", keys: "/", also: ["ctrl+f"], place: "Everywhere" },
  { id: "check-now", title: "Check with Cloudflare now", keys: "r", place: "Everywhere" },
  { id: "go-today", title: "Go to Today", keys: "ctrl+1", place: "Everywhere" },
  { id: "go-schedule", title: "Go to Schedule", keys: "ctrl+2", place: "Everywhere" },
  { id: "go-recordings", title: "Go to Recordings", keys: "ctrl+3", place: "Everywhere" },
  { id: "go-links", title: "Go to Share links", keys: "ctrl+4", place: "Everywhere" },
  { id: "go-settings", title: "Go to Settings", keys: "ctrl+5", also: ["ctrl+,"], place: "Everywhere" },
  {
    id: "zoom-in",
    title: "Zoom in",
    keys: "ctrl++",
    also: ["ctrl+="],
    place: "Everywhere",
    inDialogs: true,
    inQuestions: true,
  },
  { id: "zoom-out", title: "Zoom out", keys: "ctrl+-", place: "Everywhere", inDialogs: true, inQuestions: true },
  { id: "zoom-reset", title: "Actual size", keys: "ctrl+0", place: "Everywhere", inDialogs: true, inQuestions: true },
  { id: "shortcuts", title: "Show keyboard shortcuts", keys: "?", place: "Everywhere" },
  {
    id: "today.end",
    title: "End the live class",
    keys: "ctrl+shift+e",
    place: "Today",
    inDialogs: true,
    inQuestions: true,
  },
  { id: "today.pause", title: "Pause or resume the recording", keys: "p", place: "Today" },
  { id: "schedule.today", title: "This week", keys: "t", place: "Schedule" },
  { id: "schedule.previous", title: "Previous week", keys: "[", place: "Schedule" },
  { id: "schedule.next", title: "Next week", keys: "]", place: "Schedule" },
  { id: "recordings.copy-link", title: "Copy a link to the recording", keys: "c", place: "Recordings" },
] as const satisfies readonly Shortcut[];

export type ShortcutId = (typeof ALL)[number]["id"];

export const SHORTCUTS: readonly Shortcut[] = ALL;

/** What moves around in a list, where no command is meant. */
export const LIST_KEYS: readonly { title: string; keys: readonly string[] }[] = [
  { title: "Previous and next recording", keys: ["↑", "↓"] },
  { title: "First and last recording", keys: ["Home", "End"] },
  { title: "Open the recording", keys: ["enter"] },
  { title: "Back to the list", keys: ["escape"] },
];

/** The shortcut of this id, for `registerCommand`. */
export function shortcut(id: ShortcutId): Shortcut {
  const known = SHORTCUTS.find((one) => one.id === id);
  if (!known) throw new Error(`There is no shortcut ${id}.`);
  return known;
}
