// Plays recordings: what a link may show, and the short tokens that a player lives on.

import type { Asked } from "./env";
import { CLEARED_AT_ONCE, clearedEvents } from "./events";
import { playbackToken } from "./playback-token";
import { Refusal, bodyOf, json } from "./replies";
import { isSame, isSecret, kept, newId } from "./secrets";

interface Link {
  code: string;
  video: string;
  title: string;
  recorded: number;
  seconds: number | null;
  not_before: number | null;
  until: number;
  passphrase: string | null;
  salt: string | null;
  rounds: number | null;
  countries: string | null;
  only: number;
  download: number;
  start: number;
  revoked: number | null;
}

/** How long a player can be renewed. No class is longer than a day. */
const PLAY_MS = 36 * 60 * 60 * 1000;

async function linkOf({ env, address, now, country }: Asked, code: string): Promise<Link> {
  const link = await env.DB.prepare("SELECT * FROM watch_links WHERE code = ?1")
    .bind(await kept(code))
    .first<Link>();
  if (!link) {
    const { success } = await env.GUESSES.limit({ key: address });
    throw new Refusal(success ? "unknown" : "slow");
  }
  if (link.revoked !== null) throw new Refusal("revoked");
  if (now >= link.until) throw new Refusal("over", { until: link.until });
  if (link.not_before !== null && now < link.not_before) throw new Refusal("early", { opens: link.not_before, now });
  if (!isAllowed(link, country)) throw new Refusal("country");
  return link;
}

function countriesOf({ countries }: Link): string[] | null {
  if (countries === null) return null;
  const list: unknown = JSON.parse(countries);
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

/** Where the country is not known, only a rule that leaves some out lets people in. */
function isAllowed(link: Link, country: string | null): boolean {
  const named = countriesOf(link);
  if (named === null) return true;
  const isNamed = country !== null && named.includes(country);
  return link.only === 1 ? isNamed : !isNamed;
}

/** What the page shows before it plays. A link with a passphrase does not tell what it is about. */
export async function showVideo(asked: Asked, code: string): Promise<Response> {
  const link = await linkOf(asked, code);
  const locked = link.passphrase !== null;
  return json({
    ...(locked ? { salt: link.salt, rounds: link.rounds } : facts(link)),
    locked,
    until: link.until,
    now: asked.now,
  });
}

const facts = ({ title, recorded, seconds, start, download }: Link) => ({
  title,
  recorded,
  seconds,
  start,
  download: download === 1,
});

/** Opens a player. */
export async function play(asked: Asked, code: string): Promise<Response> {
  const link = await linkOf(asked, code);
  const { key } = await bodyOf(asked.request);
  if (link.passphrase !== null) await mayPass(asked, link, key);
  const { env, now, country } = asked;
  const id = newId();
  // What cannot be signed is not played.
  const permitted = await permission(asked, link);
  await env.DB.batch([
    env.DB.prepare("INSERT INTO plays (id, code, at) VALUES (?1, ?2, ?3)").bind(await kept(id), link.code, now),
    env.DB.prepare("DELETE FROM plays WHERE id IN (SELECT id FROM plays WHERE at < ?1 ORDER BY at LIMIT ?2)").bind(
      now - PLAY_MS,
      CLEARED_AT_ONCE,
    ),
    clearedEvents(env.DB, now),
    env.DB.prepare("INSERT INTO events (at, kind, code, country) VALUES (?1, 'played', ?2, ?3)").bind(
      now,
      link.code,
      country,
    ),
  ]);
  return json({ play: id, ...facts(link), ...permitted });
}

/** The page derives the key from the passphrase, in many rounds, so that the door does not have to. */
async function mayPass({ env, address }: Asked, link: Link, key: unknown): Promise<void> {
  if (!(await env.PASSPHRASES.limit({ key: `${address} ${link.code}` })).success) throw new Refusal("slow");
  if (!isSecret(key) || !isSame(await kept(key), link.passphrase ?? "")) throw new Refusal("passphrase");
}

/** Gives a player that is open the next token. */
export async function renew(asked: Asked, code: string): Promise<Response> {
  const link = await linkOf(asked, code);
  const { play: id } = await bodyOf(asked.request);
  if (!isSecret(id)) throw new Refusal("bad_request");
  const { env, now } = asked;
  const found = await env.DB.prepare("SELECT at FROM plays WHERE id = ?1 AND code = ?2 AND at >= ?3")
    .bind(await kept(id), link.code, now - PLAY_MS)
    .first();
  if (!found) throw new Refusal("unknown");
  return json(await permission(asked, link));
}

async function permission({ env, now }: Asked, link: Link) {
  const rights = {
    video: link.video,
    until: link.until,
    download: link.download === 1,
    countries: countriesOf(link),
    only: link.only === 1,
  };
  const token = await playbackToken(env, rights, now).catch(() => {
    throw new Refusal("later", {}, "signing");
  });
  return { ...token, player: env.PLAYER, now };
}
