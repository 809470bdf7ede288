// A watch link: what the door says of it, the permission that a player lives on, and the key of a passphrase.

import { AskDoor } from "./ask-door.js";

/**
 * @typedef {object} Permission
 * @property {string} token
 * @property {number} expires milliseconds since 1970
 * @property {string} player the origin from which Stream delivers
 * @property {number} now
 */

/** So long before its end a permission is renewed, in milliseconds. */
const AHEAD_MS = 5 * 60_000;
/** After a renewal failed, the next request that needs one asks again after this time, in milliseconds. */
const PAUSE_MS = 10_000;

/**
 * The code in the address of a watch link; empty where there is none.
 *
 * @param {{pathname: string}} location
 * @returns {string}
 */
export const watchCodeOf = ({ pathname }) => /^\/w\/([\w-]+)\/?$/.exec(pathname)?.[1] ?? "";

/** Why the door does not do what it was asked for. */
export class Refused extends Error {
  /**
   * @param {string} reason
   * @param {number} [opens]
   */
  constructor(reason, opens) {
    super(reason);
    this.reason = reason;
    this.opens = opens;
  }
}

/**
 * The key of a passphrase, in base64url. It takes many rounds, so that guessing is slow.
 *
 * @param {string} passphrase
 * @param {{salt: string, rounds: number}} how
 * @returns {Promise<string>}
 */
export async function keyOf(passphrase, { salt, rounds }) {
  const text = new TextEncoder();
  // The same letters are typed in two ways on two keyboards.
  const typed = text.encode(passphrase.normalize("NFKC"));
  const material = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: text.encode(salt), iterations: rounds };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, 256));
  return btoa(String.fromCharCode(...bits))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

export class WatchLink {
  #code;
  #door;
  #play = "";
  /** @type {Permission | null} */
  #permission = null;
  /** @type {Set<string>} */
  #earlier = new Set();
  /** @type {Promise<void> | null} */
  #renewing = null;
  #failedAt = -Infinity;

  /**
   * @param {string} code
   * @param {typeof fetch} fetcher
   */
  constructor(code, fetcher = (...all) => fetch(...all)) {
    this.#code = code;
    this.#door = new AskDoor(fetcher);
  }

  /** The time by the door's clock. */
  get now() {
    return this.#door.now;
  }

  /** How long the permission still works, in milliseconds. */
  get left() {
    return (this.#permission?.expires ?? 0) - this.now;
  }

  /** @returns {Promise<any>} */
  show() {
    return this.#ask("video");
  }

  /**
   * Opens a player.
   *
   * @param {string} [key] that of the passphrase
   * @returns {Promise<any>} what there is to know of the recording
   */
  async play(key) {
    const reply = await this.#ask("play", key === undefined ? {} : { key });
    this.#play = reply.play;
    this.#permission = reply;
    return reply;
  }

  /** The address of a file of the video, with the permission that is valid now. */
  address(path) {
    const { player, token } = /** @type {Permission} */ (this.#permission);
    return `${player}/${token}/${path}`;
  }

  /**
   * The same address with a permission that is valid now. The permission stands in the path of every address that the player loads.
   *
   * @param {string} url
   * @returns {Promise<string>}
   */
  async renewed(url) {
    const { left } = this;
    if (left < AHEAD_MS && Date.now() - this.#failedAt > PAUSE_MS) {
      this.#renewing ??= this.renew().finally(() => (this.#renewing = null));
      // A permission that still works is not waited for.
      if (left <= 0) await this.#renewing;
    }
    const parts = url.split("/");
    return parts.map((part) => (this.#earlier.has(part) ? (this.#permission?.token ?? part) : part)).join("/");
  }

  /** Asks for the next permission. Where that fails, the last one stays. */
  async renew() {
    const before = this.#permission?.token;
    try {
      this.#permission = await this.#ask("renew", { play: this.#play });
      if (before !== undefined && before !== this.#permission?.token) this.#earlier.add(before);
    } catch (problem) {
      this.#failedAt = Date.now();
      console.warn("the permission to watch was not renewed", problem);
    }
  }

  /**
   * @param {string} what
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async #ask(what, body) {
    const { value, reason, opens } = /** @type {any} */ (await this.#door.ask(`/w/${this.#code}/${what}`, body));
    if (reason !== undefined) throw new Refused(reason, opens);
    return value;
  }
}
