// The token of a playing video stands in the path of every address it loads. Before it ends, another one is asked for, and every
// later request goes out with that one, so a video of any length plays to its end.
import type { PlaybackDto } from "../../ipc/client";

/** A new token is asked for this long before the old one ends. Clocks of computers differ by less. */
const AHEAD_MS = 60 * 60 * 1000;
/** After a renewal failed, the next request that needs one asks again after this time. */
const PAUSE_MS = 30 * 1000;

/** The part of a manifest's address that is the token; undefined if the address has another shape. */
function tokenOf(manifest: string): string | undefined {
  const parts = manifest.split("/");
  const at = parts.lastIndexOf("manifest");
  return at > 0 ? parts[at - 1] || undefined : undefined;
}

export class PlaybackToken {
  #current: PlaybackDto;
  readonly #earlier: string[] = [];
  readonly #renew: () => Promise<PlaybackDto>;
  #renewing: Promise<void> | null = null;
  #failedAt = -Infinity;

  constructor(first: PlaybackDto, renew: () => Promise<PlaybackDto>) {
    this.#current = first;
    this.#renew = renew;
  }

  /** The address with a token that is valid now. If no new token can be had, the address keeps the last one. */
  async address(url: string): Promise<string> {
    const now = Date.now();
    const left = Date.parse(this.#current.expires_at) - now;
    if (left < AHEAD_MS && now - this.#failedAt > PAUSE_MS) {
      this.#renewing ??= this.#ask().finally(() => (this.#renewing = null));
      // A token that still works is not waited for.
      if (left <= 0) await this.#renewing;
    }
    return this.#withToken(url);
  }

  async #ask(): Promise<void> {
    const before = tokenOf(this.#current.hls_url);
    try {
      this.#current = await this.#renew();
      if (before !== undefined) this.#earlier.push(before);
    } catch (thrown) {
      this.#failedAt = Date.now();
      console.warn("the permission to watch could not be renewed", thrown);
    }
  }

  #withToken(url: string): string {
    const now = tokenOf(this.#current.hls_url);
    if (now === undefined || this.#earlier.length === 0) return url;
    return url
      .split("/")
      .map((part) => (this.#earlier.includes(part) ? now : part))
      .join("/");
  }
}
