import { api, asUserError, type QuickLineDto, type SessionDto, type UserError } from "../../ipc/client";
import { viewerZone } from "../../lib/format";
import { systemLocale } from "../../lib/locale";

/** How long the typed line rests before it is read, in milliseconds. */
const PAUSE_MS = 150;

/** The line that schedules a class: what is typed, and what of it is understood. */
export class QuickLineState {
  text = $state("");
  /** What the line says; null while it is empty or was not read yet. */
  read = $state.raw<QuickLineDto | null>(null);
  error = $state.raw<UserError | null>(null);
  creating = $state(false);
  /** The text that `read` belongs to. */
  #readText = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the readings: only the answer to the newest one is kept. */
  #readings = 0;

  type(text: string): void {
    this.text = text;
    this.error = null;
    this.#readings += 1;
    clearTimeout(this.#timer);
    if (text.trim()) this.#timer = setTimeout(() => void this.fetch(), PAUSE_MS);
    else this.read = null;
  }

  /** Reads the line now, where what is typed was not read yet. */
  async fetch(): Promise<QuickLineDto | null> {
    clearTimeout(this.#timer);
    const text = this.text;
    if (!text.trim() || (this.read && this.#readText === text)) return this.read;
    const reading = (this.#readings += 1);
    try {
      const read = await api.quickLine(text, viewerZone, systemLocale());
      if (reading !== this.#readings) return null;
      this.#readText = text;
      this.read = read;
    } catch (thrown) {
      if (reading === this.#readings) this.error = asUserError(thrown);
      return null;
    }
    return this.read;
  }

  /** Puts the class on the schedule and returns it; null where the line is unclear, or a creation is under way. */
  async create(): Promise<SessionDto | null> {
    if (this.creating) return null;
    this.creating = true;
    try {
      const read = await this.fetch();
      if (!read || read.problems.length > 0) return null;
      const made = await api.quickLineCreate(this.text, viewerZone, systemLocale());
      this.type("");
      return made;
    } catch (thrown) {
      this.error = asUserError(thrown);
      return null;
    } finally {
      this.creating = false;
    }
  }
}
