// What a participant token says of itself. It is not verified here: that is RealtimeKit's part. It only selects the words.

/** The least number of characters of a signature, by algorithm (RFC 7518; RSA with 2,048 bits). */
const SIGNATURE_LENGTHS = new Map([
  ["HS256", 43],
  ["HS384", 64],
  ["HS512", 86],
  ["RS256", 342],
  ["RS384", 342],
  ["RS512", 342],
  ["PS256", 342],
  ["ES256", 86],
  ["ES384", 128],
  ["EdDSA", 86],
]);

/**
 * A part of a token as an object; null when it is none.
 *
 * @param {string | undefined} part
 * @returns {Record<string, unknown> | null}
 */
function object(part) {
  try {
    const value = JSON.parse(atob((part ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Whether a token has all its parts. One that was cut off has a payload that cannot be read, or a signature that is too short.
 *
 * @param {string} token
 * @returns {boolean}
 */
export function isWhole(token) {
  const [header, payload, signature, ...more] = token.split(".");
  const head = object(header);
  if (!head || !object(payload) || more.length > 0) return false;
  return (signature ?? "").length >= (SIGNATURE_LENGTHS.get(String(head.alg)) ?? 1);
}

/**
 * A time in a token's payload, in seconds since 1970; null when it has none.
 *
 * @param {string} token
 * @param {"exp" | "nbf"} claim
 * @returns {number | null}
 */
function time(token, claim) {
  const value = object(token.split(".")[1])?.[claim];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** @param {string} token */
export const expiryOf = (token) => time(token, "exp");
/** @param {string} token */
export const validFrom = (token) => time(token, "nbf");
