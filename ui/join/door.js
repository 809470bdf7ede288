// The door: where a class link is opened, a Worker gives the page the class and a seat. Its replies name a reason; the words are in
// door-words.js.

import { AskDoor } from "./ask-door.js";

/** @typedef {import("./ask-door.js").Reply} Reply */

/**
 * @typedef {object} Shown
 * @property {string} title
 * @property {number} opens milliseconds since 1970
 * @property {boolean} recorded
 * @property {string | null} consent what people agree to, in the words of the association
 * @property {string | null} name the person's name, where the link is personal
 * @property {boolean} host
 */

/** The longest wait between two tries, so that a class that is opened early is noticed. */
const PAUSE_MAX_MS = 5 * 60_000;
/** Reasons that pass by themselves. */
const PASSING = new Set(["offline", "slow", "realtimekit", "later"]);

/**
 * The code in the address of a class link; empty where there is none.
 *
 * @param {{pathname: string}} location
 * @returns {string}
 */
export const codeOf = ({ pathname }) => /^\/j\/([\w-]+)\/?$/.exec(pathname)?.[1] ?? "";

/**
 * How long to wait before the page asks again by itself, in milliseconds; null where that is of no use.
 *
 * @param {{reason: string, opens?: number}} reply
 * @param {number} now milliseconds since 1970, by the door's clock
 * @param {number} random from 0 up to 1, because a whole class waits at once
 * @returns {number | null}
 */
export function pauseAfter({ reason, opens }, now, random) {
  if (reason === "waiting") return 4_000 + random * 2_000;
  if (reason === "early") {
    const left = (opens ?? 0) - now;
    // Where its time has come and it is not open, the host is late.
    return left > 0 ? Math.min(left + random * 5_000, PAUSE_MAX_MS) : 5_000 + random * 5_000;
  }
  return PASSING.has(reason) ? 5_000 + random * 10_000 : null;
}

/**
 * A secret that nobody can guess, in base64url.
 *
 * @returns {string}
 */
function newSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

export class Door {
  #code;
  #seat = "";
  #door;

  /**
   * @param {string} code
   * @param {() => Storage} storage that of the browser, which may refuse
   * @param {typeof fetch} fetcher
   */
  constructor(code, storage, fetcher = (...all) => fetch(...all)) {
    this.#code = code;
    this.#door = new AskDoor(fetcher);
    const key = `seat ${code}`;
    try {
      this.#seat = storage().getItem(key) ?? newSecret();
      storage().setItem(key, this.#seat);
    } catch {
      // Without storage, a reload takes another seat.
      this.#seat ||= newSecret();
    }
  }

  /** The time by the door's clock. */
  get now() {
    return this.#door.now;
  }

  /** @returns {Promise<Reply>} a `Shown`, and the state of the class */
  show() {
    return this.#ask("class");
  }

  /**
   * Asks for the seat of this browser: the token for the room, or a reason.
   *
   * @param {{name: string | null, agreed: boolean | null}} person
   * @returns {Promise<Reply>}
   */
  async sit({ name, agreed }) {
    const reply = await this.#ask("seat", { seat: this.#seat, name, agreed });
    return reply.value?.state === "waiting" ? { reason: "waiting" } : reply;
  }

  /** @type {(what: string, body?: object) => Promise<Reply>} */
  #ask(what, body) {
    return this.#door.ask(`/j/${this.#code}/${what}`, body);
  }
}
