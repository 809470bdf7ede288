// The keys that change a class on the calendar, the same in every view.
import type { Shift } from "../../state/schedule/moves.svelte";
import { MINUTES_PER_DAY } from "./zones";

export const QUARTER = 15;

/** What can be done to a class on the calendar. */
export type ClassKey = { kind: "shift"; shift: Shift } | { kind: "cancel" } | { kind: "copy_link" };

/** What a key press does to the class that has the focus; null for keys that do nothing to it. */
export function classKey(event: KeyboardEvent): ClassKey | null {
  if (event.ctrlKey || event.metaKey) return null;
  if (event.key === "Delete" && !event.altKey && !event.shiftKey) return { kind: "cancel" };
  if (event.key === "c" && !event.altKey && !event.shiftKey) return { kind: "copy_link" };
  if (!event.altKey) return null;
  const shift = (minutes: number, longer: number): ClassKey => ({ kind: "shift", shift: { minutes, longer } });
  switch (event.key) {
    case "ArrowUp":
      return event.shiftKey ? shift(0, -QUARTER) : shift(-QUARTER, 0);
    case "ArrowDown":
      return event.shiftKey ? shift(0, QUARTER) : shift(QUARTER, 0);
    case "ArrowLeft":
      return event.shiftKey ? null : shift(-MINUTES_PER_DAY, 0);
    case "ArrowRight":
      return event.shiftKey ? null : shift(MINUTES_PER_DAY, 0);
    default:
      return null;
  }
}
