import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { api } from "../../ipc/client";

/** How long before its end an address is replaced, in milliseconds. */
const MARGIN_MS = 5 * 60_000;
/** How long requests are collected, in milliseconds. */
const COLLECT_MS = 40;
/** How long nothing is asked again after an answer without pictures, in milliseconds. */
const PAUSE_MS = 5 * 60_000;
/** The most pictures of one request. */
const AT_ONCE = 100;

/** Addresses of still pictures. They are asked for in groups, kept until shortly before they expire, and asked for again. */
export class Pictures {
  readonly #known = new SvelteMap<string, { url: string; until: number }>();
  /** Recordings whose picture could not be loaded. */
  readonly #broken = new SvelteSet<string>();
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  /** Recordings of which there was no picture, and until when they are not asked for again. */
  readonly #without = new Map<string, number>();
  #waiting = false;
  #pausedUntil = 0;

  /** The address of a picture, if it is known. */
  of(id: string): string | undefined {
    return this.#broken.has(id) ? undefined : this.#known.get(id)?.url;
  }

  /** Asks for a picture, unless it is known for a while. */
  want(id: string): void {
    const known = this.#known.get(id);
    if (Date.now() < Math.max(this.#pausedUntil, this.#without.get(id) ?? 0)) return;
    if (this.#asked.has(id) || this.#broken.has(id) || (known && known.until > Date.now())) return;
    this.#wanted.add(id);
    this.#fetchSoon();
  }

  /** Notes that a picture could not be loaded. It is not asked for again while the view is open. */
  broke(id: string): void {
    this.#broken.add(id);
  }

  /** Asks for the picture of a recording anew, because another one was chosen. */
  renew(id: string): void {
    this.#known.delete(id);
    this.#broken.delete(id);
    this.#without.delete(id);
    this.want(id);
  }

  #fetchSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => void this.#fetch(), COLLECT_MS);
  }

  async #fetch(): Promise<void> {
    this.#waiting = false;
    const ids = [...this.#wanted].slice(0, AT_ONCE);
    if (ids.length === 0) return;
    for (const id of ids) {
      this.#wanted.delete(id);
      this.#asked.add(id);
    }
    if (this.#wanted.size > 0) this.#fetchSoon();
    try {
      const pictures = await api.recordingPictures(ids);
      if (pictures.length === 0) this.#pause();
      ids.forEach((id) => this.#without.set(id, Date.now() + PAUSE_MS));
      for (const picture of pictures) {
        this.#without.delete(picture.recording_id);
        const until = Date.parse(picture.expires_at) - MARGIN_MS;
        this.#known.set(picture.recording_id, { url: picture.url, until });
      }
    } catch {
      // Without pictures the rows show the first letter of their titles.
      this.#pause();
    } finally {
      ids.forEach((id) => this.#asked.delete(id));
    }
  }

  /** Without a signing key or a keyring, every other request would end as the last one. */
  #pause(): void {
    this.#pausedUntil = Date.now() + PAUSE_MS;
    this.#wanted.clear();
  }
}
