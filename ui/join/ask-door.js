// Asks the door. What it does not do has a reason.

/** How long the door may take, in milliseconds. */
const LIMIT_MS = 20_000;

/**
 * What came of a request: what was asked for, or the reason why not.
 *
 * @typedef {{value: any, reason?: undefined} | {value?: undefined, reason: string, opens?: number}} Reply
 */

export class AskDoor {
  #fetch;
  /** How much the door's clock is ahead of this computer's, in milliseconds. */
  #ahead = 0;

  /** @param {typeof fetch} fetcher */
  constructor(fetcher) {
    this.#fetch = fetcher;
  }

  /** The time by the door's clock: those of phones are off. */
  get now() {
    return Date.now() + this.#ahead;
  }

  /**
   * @param {string} path
   * @param {object} [body] what is sent, where something is
   * @returns {Promise<Reply>}
   */
  async ask(path, body) {
    let reply, value;
    try {
      reply = await this.#fetch(path, {
        method: body ? "POST" : "GET",
        ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
        cache: "no-store",
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      value = await reply.json();
    } catch {
      // What answers no JSON is not the door: a portal of the network, or a page of Cloudflare's about its own trouble.
      return { reason: reply && reply.status >= 500 ? "later" : "offline" };
    }
    if (typeof value?.now === "number") this.#ahead = value.now - Date.now();
    if (reply.ok) return { value };
    return { reason: typeof value?.error === "string" ? value.error : "later", opens: value?.opens };
  }
}
