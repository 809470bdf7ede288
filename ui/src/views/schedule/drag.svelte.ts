/**
 * Dragging in the grid of a week or a day: a class to another time, its end, or a new class over an empty place.
 *
 * A finger has to rest before it drags, because a moving finger scrolls. Escape leaves everything as it was.
 */
import type { Shift } from "../../state/schedule/moves.svelte";
import { QUARTER } from "./class-keys";
import type { Block } from "./layout";
import { MINUTES_PER_DAY } from "./zones";

/** A place in the grid: the number of the column, and minutes since midnight. */
export type Place = { column: number; minutes: number };

/** What is drawn while something is dragged. */
export type Ghost = { column: number; top: number; bottom: number };

type Kind = { kind: "move"; block: Block } | { kind: "resize"; block: Block } | { kind: "new" };
type Drag = Kind & { from: Place; x: number; y: number; ghost: Ghost | null; shift: Shift };

/** How far the pointer goes before it drags, in pixels, and how long a finger rests, in milliseconds. */
const SLACK = 4;
const HOLD_MS = 350;

type Grid = {
  body: () => HTMLElement | undefined;
  onshift: (block: Block, shift: Shift) => void;
  onnew: (place: Place, length: number) => void;
};

export class GridDrag {
  #drag = $state.raw<Drag | null>(null);
  #stop: (() => void) | null = null;
  /** Whether a drag just ended, so that the click that follows it does nothing. */
  #ended = false;
  readonly #grid: Grid;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  get ghost(): Ghost | null {
    return this.#drag?.ghost ?? null;
  }

  /** Whether this class is being dragged. */
  drags(block: Block): boolean {
    return this.#drag !== null && this.#drag.ghost !== null && this.#drag.kind !== "new" && this.#drag.block === block;
  }

  /** Whether a click only ends a drag. Asking forgets it. */
  takesClick(): boolean {
    const ended = this.#ended;
    this.#ended = false;
    return ended;
  }

  /** Begins to watch the pointer on a class; its last pixels drag its end. */
  grab(event: PointerEvent, block: Block): void {
    if (block.session.status !== "scheduled") return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const atEnd = event.clientY > box.bottom - 7 && !block.goesOn;
    this.#watch(event, atEnd ? { kind: "resize", block } : { kind: "move", block });
  }

  /** Begins to watch the pointer on an empty place. */
  grabEmpty(event: PointerEvent): void {
    this.#watch(event, { kind: "new" });
  }

  /** The place under the pointer. */
  placeAt(x: number, y: number): Place | null {
    const columns = [...(this.#grid.body()?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];
    const first = columns[0]?.getBoundingClientRect();
    if (!first || first.width === 0 || first.height === 0) return null;
    const column = Math.floor((x - first.left) / first.width);
    const minutes = ((y - first.top) / first.height) * MINUTES_PER_DAY;
    return {
      column: Math.min(columns.length - 1, Math.max(0, column)),
      minutes: Math.min(MINUTES_PER_DAY, Math.max(0, minutes)),
    };
  }

  #watch(event: PointerEvent, kind: Kind): void {
    this.#ended = false;
    if (event.button !== 0 || !event.isPrimary) return;
    const from = this.placeAt(event.clientX, event.clientY);
    if (!from) return;
    this.#stop?.();
    const drag: Drag = {
      ...kind,
      from,
      x: event.clientX,
      y: event.clientY,
      ghost: null,
      shift: { minutes: 0, longer: 0 },
    };
    this.#drag = drag;
    const touch = event.pointerType === "touch";
    let rested = !touch;
    const timer = touch ? setTimeout(() => (rested = true), HOLD_MS) : undefined;
    const listeners = new AbortController();
    const { signal } = listeners;
    this.#stop = () => {
      clearTimeout(timer);
      listeners.abort();
      this.#drag = null;
      this.#stop = null;
    };
    window.addEventListener("pointermove", (moved) => rested && this.#follow(moved), { signal });
    window.addEventListener("pointerup", () => this.#drop(), { signal });
    window.addEventListener("pointercancel", () => this.#stop?.(), { signal });
    window.addEventListener(
      "keydown",
      (pressed) => {
        if (pressed.key !== "Escape" || !this.ghost) return;
        pressed.preventDefault();
        pressed.stopPropagation();
        this.#ended = true;
        this.#stop?.();
      },
      { signal, capture: true },
    );
    // A finger that drags does not scroll.
    window.addEventListener("touchmove", (moved) => rested && moved.preventDefault(), { signal, passive: false });
  }

  #follow(event: PointerEvent): void {
    const drag = this.#drag;
    const to = this.placeAt(event.clientX, event.clientY);
    if (!drag || !to) return;
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
    const by = snapped(to.minutes - drag.from.minutes);
    if (drag.kind === "new") {
      const [first, last] = [Math.min(drag.from.minutes, to.minutes), Math.max(drag.from.minutes, to.minutes)];
      const top = Math.floor(first / QUARTER) * QUARTER;
      const bottom = Math.max(top + QUARTER, Math.ceil(last / QUARTER) * QUARTER);
      this.#drag = { ...drag, ghost: { column: drag.from.column, top, bottom } };
    } else if (drag.kind === "resize") {
      const { top, bottom } = drag.block;
      const longer = Math.max(QUARTER - drag.block.session.duration_minutes, by);
      const ghost = { column: drag.from.column, top, bottom: Math.max(top + QUARTER, bottom + longer) };
      this.#drag = { ...drag, ghost, shift: { minutes: 0, longer } };
    } else {
      const { top, bottom } = drag.block;
      const days = to.column - drag.from.column;
      const ghost = { column: to.column, top: top + by, bottom: bottom + by };
      this.#drag = { ...drag, ghost, shift: { minutes: days * MINUTES_PER_DAY + by, longer: 0 } };
    }
  }

  #drop(): void {
    const drag = this.#drag;
    this.#stop?.();
    if (!drag?.ghost) return;
    this.#ended = true;
    const { ghost, shift } = drag;
    if (drag.kind === "new") this.#grid.onnew({ column: ghost.column, minutes: ghost.top }, ghost.bottom - ghost.top);
    else if (shift.minutes !== 0 || shift.longer !== 0) this.#grid.onshift(drag.block, shift);
  }
}

function snapped(minutes: number): number {
  return Math.round(minutes / QUARTER) * QUARTER;
}
