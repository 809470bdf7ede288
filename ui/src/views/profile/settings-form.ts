// What may be typed into the settings. The core checks again and has the last word.

export const LENGTH_LIMIT = 24 * 60;
export const PEOPLE_LIMIT = 1000;
export const CALLS_LIMIT = 1_000_000;
export const SEED_LIMIT = 4_294_967_295;

/** What is wrong with a whole number that was typed; undefined when nothing is. */
export function wholeNumberProblem(what: string, value: number | null, most: number): string | undefined {
  if (value !== null && Number.isInteger(value) && value >= 1 && value <= most) return undefined;
  return `${what} is a whole number from 1 to ${most}.`;
}

const HERE = ["localhost", "127.0.0.1", "[::1]"];

/** What is wrong with the address of a join page; an empty one is fine and means there is none. */
export function joinPageProblem(typed: string): string | undefined {
  const text = typed.trim();
  if (!text) return undefined;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "That is not a web address. It looks like https://join.example.org/.";
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && HERE.includes(url.hostname))) return undefined;
  return "The address has to begin with https://, because browsers give the camera to safe pages only.";
}
