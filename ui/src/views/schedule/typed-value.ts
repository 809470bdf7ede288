/**
 * Lets a date be typed as `2026-11-23` and a time as `19:00` in any browser engine and any locale.
 *
 * Engines show these inputs as a text field, as segments in the locale's order, or with a 12-hour clock;
 * in the last two, what is typed would land in the wrong segment. The keys are followed beside the
 * engine's own handling, and once they spell a whole value it is set. Pasting works the same way.
 */
import type { Action } from "svelte/action";
import { parseDay, parseTime, timeText } from "./zones";

const KINDS = {
  date: { ending: /(\d{4}-\d{2}-\d{2})$/, read: parseDay },
  time: { ending: /(\d{2}:\d{2})$/, read: (text: string) => asTime(text) },
};

/** Keys further apart than this do not belong to one value. */
const PAUSE_MS = 4000;

export const typedValue: Action<HTMLInputElement, keyof typeof KINDS> = (input, kind) => {
  const { ending, read } = KINDS[kind];
  let typed = "";
  let last = 0;

  const set = (value: string) => {
    if (input.value === value) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const onKeydown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length !== 1) {
      if (event.key !== "Shift") typed = "";
      return;
    }
    if (event.timeStamp - last > PAUSE_MS) typed = "";
    last = event.timeStamp;
    typed = (typed + event.key).slice(-12);
    const match = ending.exec(typed);
    const value = match?.[1] ? read(match[1]) : null;
    if (value !== null) setTimeout(() => set(value));
  };
  const onPaste = (event: ClipboardEvent) => {
    const value = read(event.clipboardData?.getData("text/plain").trim() ?? "");
    if (value === null) return;
    event.preventDefault();
    set(value);
  };
  const forget = () => (typed = "");

  input.addEventListener("keydown", onKeydown);
  input.addEventListener("paste", onPaste);
  input.addEventListener("blur", forget);
  return {
    destroy() {
      input.removeEventListener("keydown", onKeydown);
      input.removeEventListener("paste", onPaste);
      input.removeEventListener("blur", forget);
    },
  };
};

function asTime(text: string): string | null {
  const minutes = parseTime(text);
  return minutes === null ? null : timeText(minutes);
}
