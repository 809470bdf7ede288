import { api } from "../ipc/client";

/** The zoom levels that browsers offer, in percent. */
const LEVELS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const;
const DEFAULT_LEVEL = 100;
const STORAGE_KEY = "hajime.zoom";

/** The zoom of the window. The choice is kept in local storage. */
class Zoom {
  /** Applies the zoom that was chosen in an earlier window. */
  restore(): void {
    if (this.percent !== DEFAULT_LEVEL) this.#show(this.percent);
  }

  in(): void {
    this.#choose(LEVELS.find((step) => step > this.percent) ?? LEVELS.at(-1) ?? DEFAULT_LEVEL);
  }

  out(): void {
    this.#choose(LEVELS.findLast((step) => step < this.percent) ?? LEVELS[0]);
  }

  reset(): void {
    this.#choose(DEFAULT_LEVEL);
  }

  /** The zoom that was chosen last; 100 when the stored value is missing or not one of the levels. */
  get percent(): number {
    const stored = Number(localStorage.getItem(STORAGE_KEY));
    return LEVELS.find((step) => step === stored) ?? DEFAULT_LEVEL;
  }

  #choose(percent: number): void {
    localStorage.setItem(STORAGE_KEY, String(percent));
    this.#show(percent);
  }

  #show(percent: number): void {
    void api.windowZoom(percent).catch(console.error);
  }
}

export const zoom = new Zoom();
