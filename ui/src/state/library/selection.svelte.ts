import type { RecordingDto } from "../../ipc/client";

/** The recordings that were selected by hand, or all that the list finds without some that were taken out by hand. */
export class Selection {
  /** Whether all that the list finds are selected, without those in `except`. */
  everything = $state(false);
  #ids = $state.raw<ReadonlyMap<string, RecordingDto>>(new Map());
  #except = $state.raw<ReadonlySet<string>>(new Set());
  /** The row from which Shift selects. */
  #anchor = -1;

  get ids(): string[] {
    return [...this.#ids.keys()];
  }

  /** Those that were taken out of everything. */
  get except(): string[] {
    return [...this.#except];
  }

  get chosen(): RecordingDto[] {
    return [...this.#ids.values()];
  }

  /** How many are selected of `total` found ones. */
  count(total: number): number {
    return this.everything ? Math.max(0, total - this.#except.size) : this.#ids.size;
  }

  has(id: string): boolean {
    return this.everything ? !this.#except.has(id) : this.#ids.has(id);
  }

  toggle(recording: RecordingDto, index: number): void {
    if (this.everything) {
      const except = new Set(this.#except);
      if (!except.delete(recording.id)) except.add(recording.id);
      this.#except = except;
    } else {
      const next = new Map(this.#ids);
      if (!next.delete(recording.id)) next.set(recording.id, recording);
      this.#ids = next;
    }
    this.#anchor = index;
  }

  /** Selects from the last row that was toggled to this one, as far as the rows were fetched. */
  extend(to: number, row: (index: number) => RecordingDto | undefined): void {
    const from = this.#anchor < 0 ? to : this.#anchor;
    const next = new Map(this.#ids);
    const except = new Set(this.#except);
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
      const recording = row(index);
      if (!recording) continue;
      if (this.everything) except.delete(recording.id);
      else next.set(recording.id, recording);
    }
    this.#ids = next;
    this.#except = except;
  }

  all(): void {
    this.everything = true;
    this.#except = new Set();
  }

  clear(): void {
    this.#ids = new Map();
    this.#except = new Set();
    this.everything = false;
    this.#anchor = -1;
  }
}
