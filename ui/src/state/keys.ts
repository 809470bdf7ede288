/** Whether a key event means the named combination, e.g. "n", "/", "?", "ctrl+shift+e". */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  // "ctrl++" means the plus sign itself.
  const parts = keys.toLowerCase().replace(/\+$/, "plus").split("+");
  const key = parts.at(-1)?.replace("plus", "+") ?? "";
  const wantsCtrl = parts.includes("ctrl");
  const wantsShift = parts.includes("shift");
  // Ctrl everywhere, ⌘ on a Mac: either counts.
  if ((event.ctrlKey || event.metaKey) !== wantsCtrl || event.altKey) return false;
  // A sign such as "?" needs Shift on some keyboards and not on others, so only letters and names ask for it.
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key);
  if (!isSign && event.shiftKey !== wantsShift) return false;
  return event.key.toLowerCase() === key;
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
