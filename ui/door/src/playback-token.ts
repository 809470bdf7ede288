// Signs the tokens with which Stream plays a video.

import type { Env } from "./env";

/** How long a token plays. A link that is taken back ends within this time. */
export const TOKEN_SECONDS = 3600;
/** Clocks of Cloudflare's servers differ by less. */
const BEFORE_SECONDS = 300;

export interface Rights {
  video: string;
  /** Milliseconds since 1970 after which the link ends. */
  until: number;
  download: boolean;
  countries: string[] | null;
  only: boolean;
}

interface Token {
  token: string;
  /** Milliseconds since 1970. */
  expires: number;
}

let imported: { of: string; key: Promise<CryptoKey> } | null = null;

function signingKey(jwk: string): Promise<CryptoKey> {
  if (imported?.of !== jwk) {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = crypto.subtle.importKey("jwk", JSON.parse(jwk) as JsonWebKey, algorithm, false, ["sign"]);
    imported = { of: jwk, key };
  }
  return imported.key;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** A token for a link, for an hour and never for longer than the link. */
export async function playbackToken(
  env: Env,
  { video, until, download, countries, only }: Rights,
  now: number,
): Promise<Token> {
  const seconds = Math.floor(now / 1000);
  const exp = Math.min(seconds + TOKEN_SECONDS, Math.floor(until / 1000));
  const text = new TextEncoder();
  const part = (value: object) => base64url(text.encode(JSON.stringify(value)));
  const payload = {
    sub: video,
    kid: env.SIGNING_KEY_ID,
    exp,
    nbf: seconds - BEFORE_SECONDS,
    downloadable: download,
    ...(countries && { accessRules: rules(countries, only) }),
  };
  const signed = `${part({ alg: "RS256", kid: env.SIGNING_KEY_ID })}.${part(payload)}`;
  const signature = await crypto.subtle.sign(
    "RSASSA-PKCS1-v1_5",
    await signingKey(env.SIGNING_KEY),
    text.encode(signed),
  );
  return { token: `${signed}.${base64url(new Uint8Array(signature))}`, expires: exp * 1000 };
}

/** Stream holds the countries as well, so that a token that is passed on does not play elsewhere. */
function rules(country: string[], only: boolean): object[] {
  const named = { type: "ip.geoip.country", country, action: only ? "allow" : "block" };
  return only ? [named, { type: "any", action: "block" }] : [named];
}
