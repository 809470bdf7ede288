/**
 * A pointer from the moment it is pressed until it is let go.
 *
 * A finger has to rest before it drags, because a moving finger scrolls: one that moves earlier drags nothing. Escape and a cancelled
 * pointer leave everything as it was.
 */

/** How far the pointer goes before it drags, in pixels, and how long a finger rests, in milliseconds. */
const SLACK = 4;
const FINGER_SLACK = 10;
const HOLD_MS = 350;

export type Held = {
  /** A finger has rested: what is under it is picked up. */
  onpick?: () => void;
  /** The pointer drags and is here now. */
  onmove: (at: PointerEvent) => void;
  /** The pointer was let go. */
  ondrop: () => void;
  /** Escape was pressed. */
  onescape: () => void;
  /** Nothing is watched any more, however it ended. */
  onend: () => void;
  /** Whether something is being dragged. */
  drags: () => boolean;
};

/** Follows the pointer of this press; the returned function stops that. */
export function hold(press: PointerEvent, held: Held): () => void {
  const touch = press.pointerType === "touch";
  let rested = !touch;
  const listeners = new AbortController();
  const { signal } = listeners;
  const stop = () => {
    if (signal.aborted) return;
    clearTimeout(timer);
    listeners.abort();
    held.onend();
  };
  const timer = touch
    ? setTimeout(() => {
        rested = true;
        held.onpick?.();
      }, HOLD_MS)
    : undefined;
  const ofThis = (event: PointerEvent) => event.pointerId === press.pointerId;
  window.addEventListener(
    "pointermove",
    (moved) => {
      if (!ofThis(moved)) return;
      const way = Math.hypot(moved.clientX - press.clientX, moved.clientY - press.clientY);
      if (!rested) {
        if (way > FINGER_SLACK) stop();
      } else if (held.drags() || way >= SLACK) held.onmove(moved);
    },
    { signal },
  );
  window.addEventListener(
    "pointerup",
    (up) => {
      if (!ofThis(up)) return;
      if (rested) held.ondrop();
      stop();
    },
    { signal },
  );
  window.addEventListener("pointercancel", (cancelled) => ofThis(cancelled) && stop(), { signal });
  window.addEventListener(
    "keydown",
    (pressed) => {
      if (pressed.key !== "Escape" || !held.drags()) return;
      pressed.preventDefault();
      pressed.stopPropagation();
      held.onescape();
      stop();
    },
    { signal, capture: true },
  );
  if (touch) {
    // A finger that drags does not scroll, and one that rests opens no menu.
    window.addEventListener("touchmove", (moved) => rested && moved.preventDefault(), { signal, passive: false });
    window.addEventListener("contextmenu", (menu) => menu.preventDefault(), { signal, capture: true });
  }
  return stop;
}
