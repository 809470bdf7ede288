/** A letter of a script other than Latin, or the vowel sign that stands for one. */
const OTHER_SCRIPT = /^(?!\p{Script=Latin})[\p{L}\p{M}]$/u;

/** Whether a key event means the named combination, e.g. "n", "/", "?", "ctrl+shift+e": by what the key writes, else by its place. */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  return writesKeys(event, keys) || standsForKeys(event, keys);
}

/** Whether what the key writes is the named combination. */
export function writesKeys(event: KeyboardEvent, keys: string): boolean {
  const wanted = read(keys);
  return holds(event, wanted) && event.key.toLowerCase() === wanted.key;
}

/**
 * Whether the key stands where the named one is on other keyboards, and cannot write it: a letter where all letters are of another
 * script, a digit that needs Shift. Between Latin letters the place means nothing.
 */
function standsForKeys(event: KeyboardEvent, keys: string): boolean {
  const wanted = read(keys);
  if (!holds(event, wanted)) return false;
  if (/^[a-z]$/.test(wanted.key)) {
    return OTHER_SCRIPT.test(event.key) && event.code === `Key${wanted.key.toUpperCase()}`;
  }
  return wanted.ctrl && /^[0-9]$/.test(wanted.key) && event.code === `Digit${wanted.key}`;
}

type Wanted = { key: string; ctrl: boolean; shift: boolean };

function read(keys: string): Wanted {
  // "ctrl++" means the plus sign itself.
  const parts = keys.toLowerCase().replace(/\+$/, "plus").split("+");
  const key = parts.at(-1)?.replace("plus", "+") ?? "";
  return { key, ctrl: parts.includes("ctrl"), shift: parts.includes("shift") };
}

/** Whether the other keys are held that are wanted, and none that is not. */
function holds(event: KeyboardEvent, { key, ctrl, shift }: Wanted): boolean {
  // Ctrl everywhere, ⌘ on a Mac: either counts.
  if ((event.ctrlKey || event.metaKey) !== ctrl || event.altKey) return false;
  // A sign such as "?" needs Shift on some keyboards and not on others, so only letters and names ask for it.
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key);
  return isSign || event.shiftKey === shift;
}

/** Whether the event happens where letters are text, not shortcuts. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
