/**
 * Hands the time of an empty slot from the week to the session dialog, which the app opens without arguments.
 */
import type { Slot } from "./session-form";

let proposed: Slot | null = null;

/** The next new session should start here. */
export function proposeSlot(slot: Slot): void {
  proposed = slot;
}

/** The proposed slot, once: whoever asks next gets null. */
export function takeProposedSlot(): Slot | null {
  const slot = proposed;
  proposed = null;
  return slot;
}
