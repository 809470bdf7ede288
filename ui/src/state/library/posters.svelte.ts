import { SvelteMap } from "svelte/reactivity";
import { api } from "../../ipc/client";

/** The most pictures that are asked for: without a key of this desk, Cloudflare signs the address of each. */
const MAX_POSTERS = 6;

/** The pictures of recordings that can be watched. A recording whose picture cannot be had is shown without one. */
export class Posters {
  readonly #urls = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();

  /** The address of the picture; undefined where there is none, or none yet. */
  of(id: string): string | undefined {
    return this.#urls.get(id);
  }

  /** Asks once for each picture. */
  async load(ids: readonly string[]): Promise<void> {
    const wanted = ids.slice(0, MAX_POSTERS).filter((id) => !this.#asked.has(id));
    for (const id of wanted) this.#asked.add(id);
    await Promise.allSettled(
      wanted.map(async (id) => {
        const { poster_url: url } = await api.recordingPlay(id);
        if (url !== null) this.#urls.set(id, url);
      }),
    );
  }

  /** Forgets a picture that does not load. */
  drop(id: string): void {
    this.#urls.delete(id);
  }
}
