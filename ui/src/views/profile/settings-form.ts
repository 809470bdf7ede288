// The rules for the fields of the settings. The core checks again and has the last word.

/** The most calls that one fault of the rehearsal may hit. */
export const CALLS_LIMIT = 1_000_000;
export const SEED_LIMIT = 4_294_967_295;

/** The problem of a typed whole number; undefined if it is valid. */
export function wholeNumberProblem(what: string, value: number | null, most: number): string | undefined {
  if (value !== null && Number.isInteger(value) && value >= 1 && value <= most) return undefined;
  return `${what} is a whole number from 1 to ${most}.`;
}

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** The problem of a typed address of a join page; undefined if it is valid or empty. */
export function joinPageProblem(typed: string): string | undefined {
  const text = typed.trim();
  if (!text) return undefined;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "This is not a web address. Enter one such as https://join.example.org/.";
  }
  const isLocal = LOCAL_HOSTS.includes(url.hostname) || url.hostname.endsWith(".localhost");
  if (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) return undefined;
  return "The address must begin with https://, because browsers allow the camera on secure pages only.";
}
