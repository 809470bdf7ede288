/** A letter or a vowel sign of a script other than Latin. */
const OTHER_SCRIPT = /^(?!\p{Script=Latin})[\p{L}\p{M}]$/u;

/** Whether a key event matches a combination such as "n", "/", "?" or "ctrl+shift+e": by the character the key writes, or else by its position. */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  return writesKeys(event, keys) || matchesByPosition(event, keys);
}

/** Whether the key writes the character of the combination. */
export function writesKeys(event: KeyboardEvent, keys: string): boolean {
  const wanted = parse(keys);
  return modifiersMatch(event, wanted) && event.key.toLowerCase() === wanted.key;
}

/**
 * Whether the key has the position of the combination's key on a US keyboard and cannot write its character: a letter key on a
 * keyboard of another script, or a digit that needs Shift. Among Latin letters the position is ignored.
 */
function matchesByPosition(event: KeyboardEvent, keys: string): boolean {
  const wanted = parse(keys);
  if (!modifiersMatch(event, wanted)) return false;
  if (/^[a-z]$/.test(wanted.key)) {
    return OTHER_SCRIPT.test(event.key) && event.code === `Key${wanted.key.toUpperCase()}`;
  }
  return wanted.ctrl && /^[0-9]$/.test(wanted.key) && event.code === `Digit${wanted.key}`;
}

type Combination = { key: string; ctrl: boolean; shift: boolean };

function parse(keys: string): Combination {
  // "ctrl++" means the plus sign itself.
  const parts = keys.toLowerCase().replace(/\+$/, "plus").split("+");
  const key = parts.at(-1)?.replace("plus", "+") ?? "";
  return { key, ctrl: parts.includes("ctrl"), shift: parts.includes("shift") };
}

/** Whether exactly the modifier keys of the combination are held. */
function modifiersMatch(event: KeyboardEvent, { key, ctrl, shift }: Combination): boolean {
  // Ctrl, or ⌘ on a Mac.
  if ((event.ctrlKey || event.metaKey) !== ctrl || event.altKey) return false;
  // A sign such as "?" needs Shift on some keyboards and not on others, so Shift is compared for letters, digits and named keys only.
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key);
  return isSign || event.shiftKey === shift;
}

/** Whether the event happens in a text field, where letters are text and not shortcuts. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
