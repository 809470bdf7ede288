// The keys of all commands but those that open a view, which `views.ts` has. Commands, palette and the list of shortcuts read them.
import type { View } from "../views";

export type Shortcut = {
  id: string;
  title: string;
  /** "n", "/", "ctrl+shift+e"; shown with the title. */
  keys: string;
  /** Other keys that do the same. */
  also?: readonly string[];
  /** The view in which the keys work. */
  place: View | "everywhere";
  /** Works also while a dialog is open. */
  inDialogs?: boolean;
  /** Works also while a question is open. */
  inQuestions?: boolean;
};

const ALL = [
  {
    id: "palette",
    title: "Search, or run a command",
    keys: "ctrl+k",
    place: "everywhere",
    inDialogs: true,
  },
  { id: "new-session", title: "New class", keys: "n", also: ["ctrl+n"], place: "everywhere" },
  { id: "search", title: "Search recordings", keys: "/", also: ["ctrl+f"], place: "everywhere" },
  { id: "check-now", title: "Check with Cloudflare now", keys: "r", place: "everywhere" },
  {
    id: "zoom-in",
    title: "Zoom in",
    keys: "ctrl++",
    also: ["ctrl+="],
    place: "everywhere",
    inDialogs: true,
    inQuestions: true,
  },
  { id: "zoom-out", title: "Zoom out", keys: "ctrl+-", place: "everywhere", inDialogs: true, inQuestions: true },
  { id: "zoom-reset", title: "Actual size", keys: "ctrl+0", place: "everywhere", inDialogs: true, inQuestions: true },
  { id: "shortcuts", title: "Show keyboard shortcuts", keys: "?", place: "everywhere" },
  {
    id: "today.end",
    title: "End the live class",
    keys: "ctrl+shift+e",
    place: "today",
    inDialogs: true,
    inQuestions: true,
  },
  { id: "today.compact", title: "Open the small window", keys: "m", place: "today" },
  { id: "today.start", title: "Start the next class", keys: "ctrl+enter", place: "today" },
  { id: "today.invite", title: "Copy an invitation to the class", keys: "i", place: "today" },
  { id: "today.extend", title: "Extend the live class by 15 minutes", keys: "ctrl+e", place: "today" },
  { id: "today.pause", title: "Pause or resume the recording", keys: "p", place: "today" },
  { id: "schedule.quick", title: "New class in one line", keys: "q", place: "schedule" },
  { id: "schedule.today", title: "Back to today", keys: "t", place: "schedule" },
  { id: "schedule.previous", title: "Earlier days", keys: "[", place: "schedule" },
  { id: "schedule.next", title: "Later days", keys: "]", place: "schedule" },
  { id: "schedule.undo", title: "Undo the newest change", keys: "ctrl+z", place: "schedule" },
  { id: "recordings.tag", title: "Tag the selected recordings", keys: "t", place: "recordings" },
  { id: "recordings.layout", title: "Show recordings as a table or as pictures", keys: "g", place: "recordings" },
  { id: "recordings.undo", title: "Undo the newest change", keys: "ctrl+z", place: "recordings" },
  { id: "recordings.copy-link", title: "Copy a link to the recording", keys: "c", place: "recordings" },
  { id: "recordings.share", title: "Choose who can watch by a link", keys: "s", place: "recordings" },
  { id: "recordings.part-before", title: "Previous part of the open recording", keys: "[", place: "recordings" },
  { id: "recordings.part-after", title: "Next part of the open recording", keys: "]", place: "recordings" },
] as const satisfies readonly Shortcut[];

export type ShortcutId = (typeof ALL)[number]["id"];

export const SHORTCUTS: readonly Shortcut[] = ALL;

/** The keys that move within the list of recordings; they are no commands. */
export const LIST_KEYS: readonly { title: string; keys: readonly string[] }[] = [
  { title: "Previous and next recording", keys: ["↑", "↓"] },
  { title: "First and last recording", keys: ["Home", "End"] },
  { title: "Open the recording", keys: ["enter"] },
  { title: "Back to the list", keys: ["escape"] },
];

/** The keys of the player, while a recording that can be watched is open; they are no commands. */
export const PLAYER_KEYS: readonly { title: string; keys: readonly string[] }[] = [
  { title: "Play or pause", keys: ["k", "Space"] },
  { title: "Back and forward by 10 seconds", keys: ["j", "l"] },
  { title: "One picture back and forward", keys: [",", "."] },
  { title: "Slower and faster", keys: ["<", ">"] },
  { title: "To a tenth of the recording", keys: ["0", "9"] },
  { title: "Captions on or off", keys: ["v"] },
  { title: "Sound on or off", keys: ["m"] },
  { title: "Full screen", keys: ["f"] },
  { title: "Picture in picture, where the system has it", keys: ["i"] },
];

/** The keys that work on a day, an empty time or a class of the calendar; they are no commands. */
export const CALENDAR_KEYS: readonly { title: string; keys: readonly string[] }[] = [
  { title: "Another day, time or class", keys: ["↑", "↓", "←", "→"] },
  { title: "Open", keys: ["enter"] },
  { title: "Move the class by 15 minutes", keys: ["Alt ↑", "Alt ↓"] },
  { title: "Move the class by a day", keys: ["Alt ←", "Alt →"] },
  { title: "Change the length by 15 minutes", keys: ["Alt ⇧ ↑", "Alt ⇧ ↓"] },
  { title: "Cancel the class", keys: ["Del"] },
  { title: "Copy the class link", keys: ["c"] },
  { title: "Earlier and later days", keys: ["Page Up", "Page Down"] },
];

/** The title and the keys with this id, for `registerCommand`. */
export function shortcut(id: ShortcutId): Shortcut {
  const known = SHORTCUTS.find((one) => one.id === id);
  if (!known) throw new Error(`There is no shortcut ${id}.`);
  return known;
}
