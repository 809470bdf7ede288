// Codes, seats and other secrets: how they look, and as what they are kept.

/** 128 bits or more in base64url. */
const SECRET = /^[A-Za-z0-9_-]{22,64}$/;

export const isSecret = (text: unknown): text is string => typeof text === "string" && SECRET.test(text);

/** A new id with 128 random bits, in hexadecimal digits. */
export const newId = (): string => hex(crypto.getRandomValues(new Uint8Array(16)));

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The SHA-256 of a secret in hexadecimal digits. Whoever looks for a code in the index by its hash learns nothing from the time that it
 * takes: the digits of a hash cannot be guessed one after the other.
 */
export async function kept(secret: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

/** Whether two texts are the same, in a time that depends on their lengths only. */
export function isSame(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let differs = 0;
  for (let at = 0; at < one.length; at += 1) differs |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return differs === 0;
}
