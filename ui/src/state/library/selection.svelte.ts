import type { RecordingDto } from "../../ipc/client";

/** The recordings that were selected by hand, or all that the list finds. */
export class Selection {
  /** Whether all that the list finds are selected. */
  everything = $state(false);
  #ids = $state.raw<ReadonlyMap<string, RecordingDto>>(new Map());
  /** The row from which Shift selects. */
  #anchor = -1;

  get ids(): string[] {
    return [...this.#ids.keys()];
  }

  get chosen(): RecordingDto[] {
    return [...this.#ids.values()];
  }

  /** How many are selected of `total` found ones. */
  count(total: number): number {
    return this.everything ? total : this.#ids.size;
  }

  has(id: string): boolean {
    return this.everything || this.#ids.has(id);
  }

  toggle(recording: RecordingDto, index: number): void {
    const next = new Map(this.#ids);
    if (!next.delete(recording.id)) next.set(recording.id, recording);
    this.#ids = next;
    this.everything = false;
    this.#anchor = index;
  }

  /** Selects from the last row that was toggled to this one, as far as the rows were fetched. */
  extend(to: number, row: (index: number) => RecordingDto | undefined): void {
    const from = this.#anchor < 0 ? to : this.#anchor;
    const next = new Map(this.#ids);
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
      const recording = row(index);
      if (recording) next.set(recording.id, recording);
    }
    this.#ids = next;
    this.everything = false;
  }

  all(): void {
    this.everything = true;
  }

  clear(): void {
    this.#ids = new Map();
    this.everything = false;
    this.#anchor = -1;
  }
}
