/**
 * Dragging in the grid of a week or a day: a class to another time, its end, or a new class over an empty place.
 *
 * What a press of the pointer becomes is in `finger.ts`.
 */
import type { Shift } from "../../state/schedule/moves.svelte";
import { QUARTER } from "./class-keys";
import { hold } from "./finger";
import type { Block } from "./layout";
import { MINUTES_PER_DAY } from "./zones";

/** A place in the grid: the number of the column, and minutes since midnight. */
export type Place = { column: number; minutes: number };

/** What is drawn while something is dragged. */
export type Ghost = { column: number; top: number; bottom: number };

type Kind = { kind: "move"; block: Block } | { kind: "resize"; block: Block } | { kind: "new" };
type Drag = Kind & { from: Place; ghost: Ghost | null; shift: Shift };

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
      ghost: null,
      shift: { minutes: 0, longer: 0 },
    };
    this.#drag = drag;
    this.#stop = hold(event, {
      onpick: () => this.#pick(),
      onmove: (moved) => this.#follow(moved),
      ondrop: () => this.#drop(),
      onescape: () => (this.#ended = true),
      onend: () => {
        this.#drag = null;
        this.#stop = null;
      },
      drags: () => this.ghost !== null,
    });
  }

  /** Shows that a finger has picked something up. */
  #pick(): void {
    const drag = this.#drag;
    if (!drag) return;
    const { column, minutes } = drag.from;
    const top = Math.floor(minutes / QUARTER) * QUARTER;
    const ghost =
      drag.kind === "new"
        ? { column, top, bottom: top + QUARTER }
        : { column, top: drag.block.top, bottom: drag.block.bottom };
    this.#drag = { ...drag, ghost };
    navigator.vibrate?.(10);
  }

  #follow(event: PointerEvent): void {
    const drag = this.#drag;
    const to = this.placeAt(event.clientX, event.clientY);
    if (!drag || !to) return;
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
