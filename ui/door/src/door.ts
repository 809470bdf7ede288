// The door: the Worker behind the pages for joining and watching. It runs in the association's own Cloudflare account.
//
//   /j/CODE        the page to join        /w/CODE         the page to watch
//   /j/CODE/class  what it is about        /w/CODE/video   what it is about
//   /j/CODE/seat   come in (POST)          /w/CODE/play    play (POST)
//                                          /w/CODE/renew   go on playing (POST)
//
// It writes nothing to a log: neither codes nor tokens nor addresses.

import type { Asked, Env } from "./env";
import { showClass, takeSeat } from "./join";
import { HEADERS, Refusal, refused } from "./replies";
import { isSecret } from "./secrets";
import { play, renew, showVideo } from "./watch";

type Action = (asked: Asked, code: string) => Promise<Response>;

/** What can be asked for at `/j/CODE` and `/w/CODE`: the method of HTTP, and the function that answers. */
const ACTIONS: Readonly<Record<string, readonly ["GET" | "POST", Action]>> = {
  "j/class": ["GET", showClass],
  "j/seat": ["POST", takeSeat],
  "w/video": ["GET", showVideo],
  "w/play": ["POST", play],
  "w/renew": ["POST", renew],
};

/** Where the page at `/j/CODE` and at `/w/CODE` is served: asked for by the names of their files, the assets redirect to these. */
const PAGES: Readonly<Record<string, string>> = { j: "/", w: "/watch" };
/** How often one trouble is noted at most. */
const NOTED_EVERY_MS = 60_000;

async function answer(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const [, room = "", code = "", what = "", ...more] = url.pathname.split("/");
  if (PAGES[room] === undefined) return env.ASSETS.fetch(request);
  // The page at /j/CODE asks for assets/join.js and gets /j/assets/join.js, because its addresses are relative: it can also lie in a folder
  // of another site.
  if (code === "assets") return env.ASSETS.fetch(new Request(new URL(`/assets/${what}`, url), request));
  if (more.length > 0) throw new Refusal("unknown");
  if (what === "") return page(request, env, PAGES[room]);
  const [method, action] = ACTIONS[`${room}/${what}`] ?? [];
  if (!method || !action) throw new Refusal("unknown");
  if (request.method !== method) throw new Refusal("method");
  const asked = { env, request, now: Date.now(), address: addressOf(request), country: countryOf(request) };
  // A code of another shape was never made, and is slowed down like any guess.
  if (!isSecret(code)) {
    const { success } = await env.GUESSES.limit({ key: asked.address });
    throw new Refusal(success ? "unknown" : "slow");
  }
  return action(asked, code);
}

/** A page is the same file for every code; it asks for the rest. */
async function page(request: Request, env: Env, path: string): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") throw new Refusal("method");
  const found = await env.ASSETS.fetch(new Request(new URL(path, request.url), { method: request.method }));
  const reply = new Response(found.body, found);
  for (const [name, value] of Object.entries(HEADERS)) reply.headers.set(name, value);
  // The page has its own policy in its head; only a header can say that no other page may show it.
  reply.headers.set("Content-Security-Policy", "frame-ancestors 'none'");
  return reply;
}

/** The address that asks. Whoever has one address of IPv6 has its whole network, which is the first half. */
function addressOf(request: Request): string {
  const address = request.headers.get("CF-Connecting-IP") ?? "";
  if (!address.includes(":")) return address;
  const [before = "", after = ""] = address.split("::");
  const [head, tail] = [before, after].map((groups) => groups.split(":").filter(Boolean)) as [string[], string[]];
  const between = address.includes("::") ? Math.max(0, 8 - head.length - tail.length) : 0;
  return [...head, ...Array<string>(between).fill("0"), ...tail].slice(0, 4).join(":");
}

function countryOf(request: Request): string | null {
  const { cf } = request as { cf?: { country?: unknown } };
  return typeof cf?.country === "string" && /^[A-Z]{2}$/.test(cf.country) ? cf.country : null;
}

/** Notes a trouble for the desk. A reply does not depend on it. */
async function note({ DB }: Env, trouble: string, now: number): Promise<void> {
  await DB.prepare(
    `INSERT INTO troubles (reason, at, times) VALUES (?1, ?2, 1)
     ON CONFLICT (reason) DO UPDATE SET at = excluded.at, times = times + 1 WHERE excluded.at >= at + ?3`,
  )
    .bind(trouble, now, NOTED_EVERY_MS)
    .run()
    .catch(() => null);
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      return await answer(request, env);
    } catch (thrown) {
      // Whatever else is thrown comes from D1 or the platform, and passes.
      const refusal = thrown instanceof Refusal ? thrown : new Refusal("later");
      if (refusal.trouble !== null) await note(env, refusal.trouble, Date.now());
      return refused(refusal);
    }
  },
};
