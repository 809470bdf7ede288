import { api } from "../ipc/client";

/** The steps of browsers, in percent. */
const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const;
const USUAL = 100;
const KEPT_AS = "hajime.zoom";

/** How large everything in the window is. The choice outlives the window. */
class Zoom {
  /** Shows the window as large as it was left. */
  restore(): void {
    if (this.percent !== USUAL) this.#show(this.percent);
  }

  in(): void {
    this.#choose(STEPS.find((step) => step > this.percent) ?? STEPS.at(-1) ?? USUAL);
  }

  out(): void {
    this.#choose(STEPS.findLast((step) => step < this.percent) ?? STEPS[0]);
  }

  reset(): void {
    this.#choose(USUAL);
  }

  /** What was chosen last; the usual size when what is kept makes no sense. */
  get percent(): number {
    const kept = Number(localStorage.getItem(KEPT_AS));
    return STEPS.find((step) => step === kept) ?? USUAL;
  }

  #choose(percent: number): void {
    localStorage.setItem(KEPT_AS, String(percent));
    this.#show(percent);
  }

  #show(percent: number): void {
    void api.windowZoom(percent).catch(console.error);
  }
}

export const zoom = new Zoom();
