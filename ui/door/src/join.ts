// Lets people into a class: who may come in, and the seat that each person keeps.

import type { Asked, Database } from "./env";
import { clearedEvents } from "./events";
import { addParticipant, forget, newToken } from "./realtimekit";
import { Refusal, bodyOf, json } from "./replies";
import { isSecret, kept, newId } from "./secrets";

interface Link {
  code: string;
  class: string | null;
  series: string | null;
  person: string | null;
  name: string | null;
  preset: string;
  counts: number;
  revoked: number | null;
}

interface Class {
  id: string;
  title: string;
  instructor: string;
  timezone: string;
  starts: number;
  ends: number;
  opens: number;
  closes: number;
  room: string | null;
  cap: number;
  recorded: number;
  consent: string | null;
  state: "open" | "locked" | "over" | "cancelled";
}

interface Seat {
  id: string;
  name: string;
  state: "waiting" | "admitted" | "refused" | "in" | "left" | "removed";
  participant: string | null;
  room: string | null;
  agreed: number | null;
  asked: number;
}

/** The longest name, in characters. */
const NAME_MAX = 50;
/** The most people who wait for the host of one class. */
const WAITING_MAX = 200;
/** Whoever did not ask for so long does not wait any more. Browsers ask for pages in the background once a minute. */
const WAITS_MS = 5 * 60_000;
/** How often it is noted that somebody still waits. */
const NOTED_EVERY_MS = 30_000;
/** Characters that are not seen, or that turn the text around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** The link with a code that was asked for. */
async function linkOf({ env, address }: Asked, code: string): Promise<Link> {
  const link = await env.DB.prepare("SELECT * FROM join_links WHERE code = ?1")
    .bind(await kept(code))
    .first<Link>();
  if (!link) {
    const { success } = await env.GUESSES.limit({ key: address });
    throw new Refusal(success ? "unknown" : "slow");
  }
  if (link.revoked !== null) throw new Refusal("revoked");
  return link;
}

/**
 * The class of a link. For a series it is the one that is on; where that one should be over, the next one as soon as it opens; a cancelled
 * one while it would be on; the next one; else the one that was last.
 */
async function classOf(db: Database, link: Link, now: number): Promise<Class> {
  const found =
    link.class !== null
      ? await db.prepare("SELECT * FROM classes WHERE id = ?1").bind(link.class).first<Class>()
      : await db
          .prepare(
            `SELECT * FROM classes WHERE series = ?1
             ORDER BY CASE
                        WHEN state IN ('open', 'locked') AND closes > ?2 THEN iif(opens > ?2, 3, iif(ends > ?2, 0, 1))
                        WHEN state = 'cancelled' AND opens <= ?2 AND ends > ?2 THEN 2
                        ELSE 4
                      END,
                      iif(closes > ?2 AND state IN ('open', 'locked'), opens, abs(closes - ?2)), id LIMIT 1`,
          )
          .bind(link.series, now)
          .first<Class>();
  if (!found) throw new Refusal("unknown");
  return found;
}

/** Why nobody comes into a class now; null if people do. */
function closedBecause({ state, opens, closes, room }: Class, now: number): "early" | "over" | "cancelled" | null {
  if (state === "cancelled") return "cancelled";
  if (state === "over" || now >= closes) return "over";
  return now < opens || room === null ? "early" : null;
}

/** What the page shows of a class. */
export async function showClass(asked: Asked, code: string): Promise<Response> {
  const link = await linkOf(asked, code);
  const one = await classOf(asked.env.DB, link, asked.now);
  return json({
    title: one.title,
    instructor: one.instructor,
    timezone: one.timezone,
    starts: one.starts,
    ends: one.ends,
    opens: one.opens,
    recorded: one.recorded === 1,
    consent: one.consent,
    name: link.name,
    host: link.counts === 0,
    state: closedBecause(one, asked.now) ?? one.state,
    // Clocks of phones are off, so the page counts from this one.
    now: asked.now,
  });
}

/** Gives a person a seat and the token for the room, or the same seat again. */
export async function takeSeat(asked: Asked, code: string): Promise<Response> {
  const { env, now, address } = asked;
  const { seat: secret, name: given, agreed } = await bodyOf(asked.request);
  if (!isSecret(secret)) throw new Refusal("bad_request");
  const link = await linkOf(asked, code);
  if (!(await env.JOINS.limit({ key: address })).success) throw new Refusal("slow");
  const one = await classOf(env.DB, link, now);
  const closed = closedBecause(one, now);
  if (closed) throw new Refusal(closed, closed === "early" ? { opens: one.opens, now } : {});
  const name = link.name ?? nameFrom(given);
  // Whoever does not agree watches with camera and microphone off; the page holds to that. Hosts decide what is recorded.
  const isAsked = one.recorded === 1 && link.counts === 1;
  if (isAsked && typeof agreed !== "boolean") throw new Refusal("consent");
  const asking = { one, link, secret: await kept(secret), name, agreed: isAsked ? Number(agreed === true) : null, now };
  const seat = await placed(env.DB, asking);
  if (seat === "waiting") return json({ state: "waiting" }, 202);
  return json({ state: "in", token: await tokenOf(asked, asking, seat) });
}

function nameFrom(given: unknown): string {
  const name = typeof given === "string" ? given.normalize("NFC").replace(UNSEEN, " ").replace(/\s+/g, " ").trim() : "";
  if (name === "" || [...name].length > NAME_MAX) throw new Refusal("name");
  return name;
}

interface Asking {
  one: Class;
  link: Link;
  secret: string;
  name: string;
  /** 1 or 0; null where nobody asks. */
  agreed: number | null;
  now: number;
}

/** The seat of whoever asks, in the class; or that the person waits for the host. */
async function placed(db: Database, asking: Asking): Promise<Seat | "waiting"> {
  const { one, link } = asking;
  let seat = await known(db, asking);
  // Nobody waits for a host who let them in before, nor where the class is not locked, nor as a host.
  const waits = (seat === null || seat.state === "waiting") && one.state === "locked" && link.counts === 1;
  if (!seat) {
    await insert(db, asking, waits);
    seat = await known(db, asking);
    if (!seat) throw new Refusal("full");
  }
  if (seat.state === "removed" || seat.state === "refused") throw new Refusal(seat.state);
  await heard(db, asking, seat);
  if (waits) return "waiting";
  if (seat.state === "in") return seat;
  // One statement counts and takes, so that two never take the last place.
  const taken = await db
    .prepare(
      `UPDATE seats SET state = 'in' WHERE id = ?1 AND state IN ('waiting', 'admitted', 'left')
         AND (counts = 0 OR (SELECT count(*) FROM seats WHERE class = ?2 AND state = 'in' AND counts = 1) < ?3)`,
    )
    .bind(seat.id, one.id, one.cap)
    .run();
  const after = await known(db, asking);
  if (taken.meta.changes === 0 && after?.state !== "in")
    throw new Refusal(after?.state === "removed" ? "removed" : "full");
  return after ?? seat;
}

/** The seat of a person: by the own link in any browser, else by the secret of this browser. */
async function known(db: Database, { one, link, secret }: Asking): Promise<Seat | null> {
  const columns = "SELECT id, name, state, participant, room, agreed, asked FROM seats WHERE class = ?1";
  const find =
    link.person === null
      ? db.prepare(`${columns} AND code = ?2 AND secret = ?3`).bind(one.id, link.code, secret)
      : db.prepare(`${columns} AND person = ?2`).bind(one.id, link.person);
  return find.first<Seat>();
}

/** Makes a seat in the class, or one that waits; nothing where the class is full. Asking twice makes one. */
async function insert(db: Database, { one, link, secret, name, agreed, now }: Asking, waits: boolean): Promise<void> {
  const id = newId();
  const state = waits ? "waiting" : "in";
  const most = waits ? WAITING_MAX : one.cap;
  const seat = db
    .prepare(
      `INSERT OR IGNORE INTO seats (id, class, code, secret, person, name, state, counts, agreed, made, asked)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
       WHERE ?8 = 0 OR (SELECT count(*) FROM seats WHERE class = ?2 AND state = ?7 AND counts = 1
                          AND (?7 = 'in' OR asked >= ?12)) < ?11`,
    )
    .bind(id, one.id, link.code, secret, link.person, name, state, link.counts, agreed, now, most, now - WAITS_MS);
  const event = db
    .prepare(
      `INSERT INTO events (at, kind, code, class, seat)
       SELECT ?1, 'waiting', ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM seats WHERE id = ?4 AND state = 'waiting')`,
    )
    .bind(now, link.code, one.id, id);
  await db.batch([seat, event]);
}

/** Notes that somebody still waits, and what the person answers about the recording now: the last answer counts. */
async function heard(db: Database, { one, link, agreed, now }: Asking, seat: Seat): Promise<void> {
  const waitsOn = seat.state === "waiting" && now - seat.asked >= NOTED_EVERY_MS;
  if (agreed === seat.agreed && !waitsOn) return;
  const event = db
    .prepare(
      `INSERT INTO events (at, kind, code, class, seat)
       SELECT ?1, 'joined', ?2, ?3, id FROM seats WHERE id = ?4 AND participant IS NOT NULL AND agreed IS NOT ?5`,
    )
    .bind(now, link.code, one.id, seat.id, agreed);
  const change = db.prepare("UPDATE seats SET agreed = ?2, asked = ?3 WHERE id = ?1").bind(seat.id, agreed, now);
  await db.batch([event, change]);
}

/** The token of a seat in the class. Its participant is made once. */
async function tokenOf({ env, now }: Asked, { one, link }: Asking, seat: Seat): Promise<string> {
  const room = one.room;
  if (room === null) throw new Refusal("early");
  if (seat.participant !== null && seat.room === room) {
    const token = await newToken(env, room, seat.participant);
    if (token !== null) return token;
    // Only the desk deletes participants, of people whom the host removed. It tells the door of it a moment later.
    throw new Refusal("removed");
  }
  // By the name that the seat has: the host let in that one.
  const name = link.name ?? seat.name;
  // The desk's own mark of a person says whose attendance it is.
  const mark = link.person ?? `door-${seat.id}`;
  const made = await addParticipant(env, room, { name, preset: link.preset, mark });
  const taken = env.DB.prepare(
    "UPDATE seats SET participant = ?2, room = ?4 WHERE id = ?1 AND state = 'in' AND participant IS ?3",
  ).bind(seat.id, made.id, seat.participant, room);
  const event = env.DB.prepare(
    `INSERT INTO events (at, kind, code, class, seat)
     SELECT ?1, 'joined', ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM seats WHERE id = ?4 AND participant = ?5)`,
  ).bind(now, link.code, one.id, seat.id, made.id);
  const [first] = await env.DB.batch([taken, event, clearedEvents(env.DB, now)]);
  if (first && first.meta.changes > 0) return made.token;
  // The same seat was asked for twice at once, or the host removed the person meanwhile.
  await forget(env, room, made.id);
  const found = env.DB.prepare("SELECT state, participant FROM seats WHERE id = ?1").bind(seat.id);
  const present = await found.first<Pick<Seat, "state" | "participant">>();
  if (present?.state === "removed") throw new Refusal("removed");
  const other = present?.state === "in" ? present.participant : null;
  const token = other === null ? null : await newToken(env, room, other);
  if (token === null) throw new Refusal("later");
  return token;
}
