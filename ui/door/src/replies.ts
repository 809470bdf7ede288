// Replies, and why something is not done. The pages have the words; the door says only the name of the reason.

/** What every reply carries. */
export const HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "X-Robots-Tag": "noindex",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

/** A reason, with the status of HTTP that goes with it. */
export const REASONS = {
  bad_request: 400,
  passphrase: 401,
  removed: 403,
  refused: 403,
  country: 403,
  unknown: 404,
  method: 405,
  full: 409,
  revoked: 410,
  over: 410,
  cancelled: 410,
  too_large: 413,
  name: 422,
  consent: 422,
  early: 425,
  slow: 429,
  realtimekit: 502,
  later: 503,
} as const;

export type Reason = keyof typeof REASONS;

/** Seconds after which a page asks again. */
const AGAIN: Partial<Record<Reason, number>> = { slow: 60, realtimekit: 5, later: 5 };

/** Ends the work on a request with a reason. */
export class Refusal extends Error {
  constructor(
    readonly reason: Reason,
    readonly facts: Readonly<Record<string, unknown>> = {},
    /** What the desk must know, where only people there can help. */
    readonly trouble: "realtimekit" | "signing" | null = null,
  ) {
    super(reason);
  }
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, "Content-Type": "application/json; charset=utf-8" },
  });
}

export function refused({ reason, facts }: Refusal): Response {
  const reply = json({ error: reason, ...facts }, REASONS[reason]);
  const again = AGAIN[reason];
  if (again !== undefined) reply.headers.set("Retry-After", String(again));
  return reply;
}

/** The longest body that is read. */
const BODY_MAX_BYTES = 4096;

/** The body of a request as an object. */
export async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  if (Number(request.headers.get("Content-Length") ?? "0") > BODY_MAX_BYTES) throw new Refusal("too_large");
  const bytes = await readAtMost(request, BODY_MAX_BYTES);
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return { ...value };
  } catch {
    // Below.
  }
  throw new Refusal("bad_request");
}

async function readAtMost(request: Request, most: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    length += read.value.byteLength;
    if (length > most) {
      await reader?.cancel();
      throw new Refusal("too_large");
    }
    pieces.push(read.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
