import { Response as Reply } from "miniflare";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MINUTE, NOW, World, hashOf, secretOf } from "./world";

const EVERYBODY = secretOf("everybody");
const ADA = secretOf("ada");
const HOST = secretOf("host");

let world: World;
beforeAll(async () => {
  world = await World.begin();
});
afterAll(() => world.end());
beforeEach(async () => {
  const db = await world.database();
  await db.batch(
    ["classes", "join_links", "seats", "events", "troubles"].map((table) => db.prepare(`DELETE FROM ${table}`)),
  );
  world.realtimekit.participants.clear();
  world.realtimekit.calls.length = 0;
  world.realtimekit.failing = null;
  await world.addClass("one");
  await world.addJoinLink(EVERYBODY, { class: "one" });
  await world.addJoinLink(ADA, { class: "one", person: "p-ada", name: "Ada" });
  await world.addJoinLink(HOST, { class: "one", person: "p-host", name: "M. Ito", preset: "host", counts: 0 });
});

const seats = () => world.rows("SELECT name, state, participant FROM seats ORDER BY made, name");

test("the page says what the class is, and its own clock", async () => {
  const { status, value } = await world.ask(`/j/${EVERYBODY}/class`);
  expect(status).toBe(200);
  expect(value).toMatchObject({
    title: "Karate fundamentals",
    instructor: "M. Ito",
    state: "open",
    name: null,
    recorded: false,
  });
  expect(Math.abs((value.now as number) - Date.now())).toBeLessThan(10_000);
  expect((await world.ask(`/j/${ADA}/class`)).value.name).toBe("Ada");
});

test("a person comes in, and a reload keeps the seat", async () => {
  const first = await world.sit(EVERYBODY, "Bo");
  expect(first.value).toEqual({ state: "in", token: "token-of-participant-1" });
  const again = await world.sit(EVERYBODY, "Bo");
  expect(again.value).toEqual({ state: "in", token: "another-token-of-participant-1" });
  expect(await seats()).toEqual([{ name: "Bo", state: "in", participant: "participant-1" }]);
  expect(await world.rows("SELECT kind, class FROM events")).toEqual([{ kind: "joined", class: "one" }]);
  expect([...world.realtimekit.participants.values()]).toEqual([
    { name: "Bo", preset: "participant", mark: expect.stringMatching(/^door-[0-9a-f]{32}$/) },
  ]);
});

test("a personal link is one seat on every device, and has its own name", async () => {
  await world.sit(ADA, "phone");
  const other = await world.sit(ADA, "laptop", { name: "somebody else" });
  expect(other.value.token).toBe("another-token-of-participant-1");
  expect(await seats()).toEqual([{ name: "Ada", state: "in", participant: "participant-1" }]);
});

test("the cap holds: the eleventh is told, a host comes in all the same", async () => {
  for (let number = 1; number <= 10; number += 1)
    expect((await world.sit(EVERYBODY, `student ${number}`)).status).toBe(200);
  const eleventh = await world.sit(EVERYBODY, "student 11");
  expect([eleventh.status, eleventh.value.error]).toEqual([409, "full"]);
  expect((await world.sit(HOST, "host")).status).toBe(200);
  expect((await world.sit(EVERYBODY, "student 3")).status, "a reload is no new seat").toBe(200);
});

/** How many storms the door stands in one run of the tests. */
const STORMS = Number(process.env.HAJIME_STORMS ?? "4");

test("of 500 who come at once exactly fifty are let in, and whoever has a seat keeps it until the room answers", async () => {
  const code = secretOf("storm");
  for (let storm = 1; storm <= STORMS; storm += 1) {
    const id = `storm ${storm}`;
    await world.addClass(id, { cap: 50 });
    await world.addJoinLink(code, { class: id });
    const before = world.realtimekit.participants.size;
    const counts: Record<string, number> = {};
    const come = async (browser: string): Promise<void> => {
      // A connection that breaks is tried again, as the page does.
      const reply = await world.sit(code, browser).catch(() => null);
      if (!reply || reply.value.error === "realtimekit") return come(browser);
      const { value } = reply;
      const became = String(value.error ?? value.state);
      counts[became] = (counts[became] ?? 0) + 1;
    };
    await Promise.all(Array.from({ length: 500 }, (_, number) => come(`student ${number}`)));
    expect(counts, `storm ${storm}`).toEqual({ in: 50, full: 450 });
    const seats = await world.rows(`SELECT DISTINCT participant FROM seats WHERE class = '${id}'`);
    expect(seats).toHaveLength(50);
    expect(world.realtimekit.participants.size - before).toBeGreaterThanOrEqual(50);
  }
});

test("the same request many times at once takes one seat and keeps one participant", async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => world.sit(EVERYBODY, "Bo")));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await seats()).toHaveLength(1);
  expect(world.realtimekit.participants.size).toBe(1);
  expect(await world.rows("SELECT kind FROM events")).toEqual([{ kind: "joined" }]);
});

test("before the time, and before there is a room, the page is told when it opens", async () => {
  await world.addClass("one", { opens: NOW + 10 * MINUTE });
  const early = await world.sit(EVERYBODY, "Bo");
  expect([early.status, early.value.error, early.value.opens]).toEqual([425, "early", NOW + 10 * MINUTE]);
  await world.addClass("one", { room: null });
  expect((await world.sit(EVERYBODY, "Bo")).value.error).toBe("early");
  expect(await seats()).toEqual([]);
});

test.each([
  [{ state: "cancelled" }, "cancelled"],
  [{ state: "over" }, "over"],
  [{ closes: NOW - MINUTE }, "over"],
])("nobody comes into a class that is %o", async (change, reason) => {
  await world.addClass("one", change);
  const reply = await world.sit(EVERYBODY, "Bo");
  expect([reply.status, reply.value.error]).toEqual([410, reason]);
  expect((await world.ask(`/j/${EVERYBODY}/class`)).value.state).toBe(reason);
});

test("whom the host removed stays out, also before the desk has said so", async () => {
  await world.sit(EVERYBODY, "Bo");
  world.realtimekit.participants.clear();
  expect((await world.sit(EVERYBODY, "Bo")).value.error).toBe("removed");
  await (await world.database()).prepare("UPDATE seats SET state = 'removed'").run();
  const reply = await world.sit(EVERYBODY, "Bo");
  expect([reply.status, reply.value.error]).toEqual([403, "removed"]);
  expect(world.realtimekit.participants.size).toBe(0);
});

test("a place that became free is taken again, and its person may come back while there is room", async () => {
  await world.addClass("one", { cap: 1 });
  await world.sit(EVERYBODY, "Bo");
  expect((await world.sit(EVERYBODY, "Cy")).value.error).toBe("full");
  await (await world.database()).prepare("UPDATE seats SET state = 'left', participant = NULL, room = NULL").run();
  expect((await world.sit(EVERYBODY, "Cy")).status).toBe(200);
  expect((await world.sit(EVERYBODY, "Bo")).value.error).toBe("full");
  await (
    await world.database()
  )
    .prepare("UPDATE seats SET state = 'left', participant = NULL, room = NULL WHERE name = 'Cy'")
    .run();
  expect((await world.sit(EVERYBODY, "Bo")).status).toBe(200);
});

test("a room that was made anew gives a new participant", async () => {
  await world.sit(EVERYBODY, "Bo");
  await world.addClass("one", { room: "room-2" });
  expect((await world.sit(EVERYBODY, "Bo")).value.token).toBe("token-of-participant-2");
});

test("a locked class asks the host, except for hosts and those who were in before", async () => {
  await world.sit(EVERYBODY, "Bo");
  await world.addClass("one", { state: "locked" });
  const cy = await world.sit(EVERYBODY, "Cy");
  expect([cy.status, cy.value]).toEqual([202, { state: "waiting" }]);
  expect((await world.sit(EVERYBODY, "Cy")).status).toBe(202);
  expect(await world.rows("SELECT kind FROM events WHERE kind = 'waiting'")).toHaveLength(1);
  expect((await world.sit(EVERYBODY, "Bo")).status).toBe(200);
  expect((await world.sit(HOST, "host")).status).toBe(200);
  const answer = async (state: string) =>
    (await world.database()).prepare("UPDATE seats SET state = ?1 WHERE name = 'Cy'").bind(state).run();
  await answer("refused");
  expect((await world.sit(EVERYBODY, "Cy")).value.error).toBe("refused");
  await answer("admitted");
  expect((await world.sit(EVERYBODY, "Cy")).value.state).toBe("in");
});

test("whoever waits is noted again and again, and whoever gave up leaves the place to others", async () => {
  await world.addClass("one", { state: "locked" });
  const gone = NOW - 10 * MINUTE;
  for (let number = 0; number < 200; number += 1) {
    await world.insert("seats", {
      ...{ id: `s${number}`, class: "one", code: "c", secret: `${number}`, name: "x", state: "waiting" },
      ...{ counts: 1, made: gone, asked: NOW },
    });
  }
  expect((await world.sit(EVERYBODY, "Cy")).value.error).toBe("full");
  await (await world.database()).prepare("UPDATE seats SET asked = ?1").bind(gone).run();
  expect((await world.sit(EVERYBODY, "Cy")).status).toBe(202);
  await (await world.database()).prepare("UPDATE seats SET asked = ?1 WHERE name = 'Cy'").bind(gone).run();
  await world.sit(EVERYBODY, "Cy");
  const [{ asked }] = (await world.rows("SELECT asked FROM seats WHERE name = 'Cy'")) as [{ asked: number }];
  expect(asked).toBeGreaterThanOrEqual(NOW);
});

test("the host lets in a name, and that name comes in", async () => {
  await world.addClass("one", { state: "locked" });
  await world.sit(EVERYBODY, "Cy");
  await (await world.database()).prepare("UPDATE seats SET state = 'admitted'").run();
  await world.sit(EVERYBODY, "Cy", { name: "M. Ito" });
  expect([...world.realtimekit.participants.values()].map(({ name }) => name)).toEqual(["Cy"]);
});

test("a personal link comes in by the mark that the desk has for the person", async () => {
  await world.sit(ADA, "phone");
  expect([...world.realtimekit.participants.values()].map(({ mark }) => mark)).toEqual(["p-ada"]);
});

test("whoever waits comes in when the class is unlocked", async () => {
  await world.addClass("one", { state: "locked" });
  await world.sit(EVERYBODY, "Cy");
  await world.addClass("one");
  expect((await world.sit(EVERYBODY, "Cy")).value.state).toBe("in");
});

test("a recorded class needs an answer about the recording, and keeps it; hosts are not asked", async () => {
  await world.addClass("one", { recorded: 1, consent: "We film the floor." });
  const { value } = await world.ask(`/j/${EVERYBODY}/class`);
  expect(value).toMatchObject({ recorded: true, consent: "We film the floor.", host: false });
  const without = await world.sit(EVERYBODY, "Bo", { agreed: "yes" });
  expect([without.status, without.value.error]).toEqual([422, "consent"]);
  await world.sit(EVERYBODY, "Bo");
  await world.sit(EVERYBODY, "Cy", { agreed: false });
  await world.sit(HOST, "host", { agreed: undefined });
  expect(await world.rows("SELECT name, agreed FROM seats ORDER BY name")).toEqual([
    { name: "Bo", agreed: 1 },
    { name: "Cy", agreed: 0 },
    { name: "M. Ito", agreed: null },
  ]);
  expect((await world.ask(`/j/${HOST}/class`)).value.host).toBe(true);
});

test("of two answers about the recording the last one counts, and the desk hears of it", async () => {
  await world.addClass("one", { recorded: 1 });
  await world.sit(EVERYBODY, "Bo");
  await world.sit(EVERYBODY, "Bo");
  expect(await world.rows("SELECT kind FROM events")).toHaveLength(1);
  await world.sit(EVERYBODY, "Bo", { agreed: false });
  expect(await world.rows("SELECT agreed FROM seats")).toEqual([{ agreed: 0 }]);
  expect(await world.rows("SELECT kind, class FROM events")).toEqual([
    { kind: "joined", class: "one" },
    { kind: "joined", class: "one" },
  ]);
});

test("old events are deleted a few at a time, and their numbers are not used again", async () => {
  const days = (count: number) => NOW - count * 24 * 60 * MINUTE;
  for (let number = 0; number < 12; number += 1)
    await world.insert("events", { at: days(91), kind: "joined", code: "c", class: null, seat: null, country: null });
  await world.insert("events", { at: days(89), kind: "joined", code: "recent" });
  const [{ last }] = (await world.rows("SELECT max(seq) AS last FROM events")) as [{ last: number }];
  await world.sit(EVERYBODY, "Bo");
  expect(await world.rows("SELECT seq FROM events")).toHaveLength(4);
  await world.sit(EVERYBODY, "Cy");
  expect(await world.rows("SELECT seq FROM events ORDER BY seq")).toEqual([
    { seq: last },
    { seq: last + 1 },
    { seq: last + 2 },
  ]);
});

test("the link of a series opens the class that is on, else the next one, else tells of the last one", async () => {
  await world.addJoinLink(secretOf("series"), { series: "s" });
  await world.addClass("past", { series: "s", title: "past", opens: NOW - 200 * MINUTE, closes: NOW - 100 * MINUTE });
  const shown = async () => (await world.ask(`/j/${secretOf("series")}/class`)).value.title;
  expect(await shown()).toBe("past");
  await world.addClass("later", {
    series: "s",
    title: "later",
    opens: NOW + 2000 * MINUTE,
    closes: NOW + 2100 * MINUTE,
  });
  await world.addClass("next", { series: "s", title: "next", opens: NOW + 1000 * MINUTE, closes: NOW + 1100 * MINUTE });
  await world.addClass("skipped", {
    series: "s",
    title: "skipped",
    opens: NOW + 500 * MINUTE,
    ends: NOW + 560 * MINUTE,
    closes: NOW + 600 * MINUTE,
    state: "cancelled",
  });
  expect(await shown()).toBe("next");
  await world.addClass("cancelled", { series: "s", title: "cancelled", state: "cancelled" });
  expect(await shown(), "who comes for it is told").toBe("cancelled");
  await world.addClass("overruns", { series: "s", title: "overruns", ends: NOW - MINUTE, opens: NOW - 90 * MINUTE });
  expect(await shown()).toBe("overruns");
  await world.addClass("now", { series: "s", title: "now" });
  expect(await shown(), "the next one is on as well").toBe("now");
  await world.addClass("overlaps", { series: "s", title: "overlaps", opens: NOW - MINUTE });
  expect(await shown(), "the one that began first").toBe("now");
});

test("of classes that are past, the link of a series tells of the last one", async () => {
  await world.addJoinLink(secretOf("series"), { series: "s" });
  for (const days of [14, 7, 21]) {
    const end = NOW - days * 24 * 60 * MINUTE;
    await world.addClass(`${days}`, { series: "s", title: `${days}`, opens: end - MINUTE, ends: end, closes: end });
  }
  const { value } = await world.ask(`/j/${secretOf("series")}/class`);
  expect([value.title, value.state]).toEqual(["7", "over"]);
});

test.each([
  ["no name", "", 422],
  ["a name of signs that nobody sees", "\u200b\u202e\u0007", 422],
  ["a name of 51 characters", "x".repeat(51), 422],
  ["a name of 10,000 characters", "x".repeat(10_000), 413],
  ["a name that is no text", 7, 422],
])("%s is refused", async (_, name, status) => {
  expect((await world.sit(EVERYBODY, "Bo", { name })).status).toBe(status);
  expect(await seats()).toEqual([]);
});

test("a name is text and nothing else", async () => {
  await world.sit(EVERYBODY, "Bo", { name: '  <b>Zoë\u202e\n "O’Hara"</b> 太郎 ' });
  expect((await seats())[0]?.name).toBe('<b>Zoë "O’Hara"</b> 太郎');
});

test.each([
  ["no JSON", "{", 400],
  ["a list", "[]", 400],
  ["a seat that is too short", { seat: "abc", name: "Bo" }, 400],
  ["no UTF-8", "\ufffd{", 400],
])("a body that is %s is refused", async (_, body, status) => {
  expect((await world.ask(`/j/${EVERYBODY}/seat`, { method: "POST", body })).status).toBe(status);
});

test("a link that was revoked, and one that never was, let nobody in", async () => {
  await world.addJoinLink(EVERYBODY, { class: "one", revoked: NOW });
  const revoked = await world.sit(EVERYBODY, "Bo");
  expect([revoked.status, revoked.value.error]).toEqual([410, "revoked"]);
  expect((await world.ask(`/j/${secretOf("guess")}/class`)).status).toBe(404);
  expect((await world.ask("/j/short/class")).status).toBe(404);
  expect((await world.ask(`/j/${EVERYBODY}/other`)).status).toBe(404);
  expect((await world.ask(`/j/${EVERYBODY}/seat`)).status).toBe(405);
});

test.each([
  ["refuses", () => Reply.json({}, { status: 403 })],
  ["fails", () => Reply.json({}, { status: 500 })],
  ["sends no JSON", () => new Reply("<html>", { status: 200 })],
  ["sends no token", () => Reply.json({ success: true, data: { id: "x" } }, { status: 201 })],
  ["redirects", () => new Reply(null, { status: 302, headers: { Location: "https://evil.example/" } })],
])("where RealtimeKit %s, the seat is kept for the next try", async (_, failing) => {
  world.realtimekit.failing = failing;
  const reply = await world.sit(EVERYBODY, "Bo");
  expect([reply.status, reply.value.error, reply.headers.get("Retry-After")]).toEqual([502, "realtimekit", "5"]);
  expect(await world.rows("SELECT reason, times FROM troubles")).toEqual([{ reason: "realtimekit", times: 1 }]);
  world.realtimekit.failing = null;
  expect((await world.sit(EVERYBODY, "Bo")).value.state).toBe("in");
  expect(await seats()).toHaveLength(1);
});

test("a trouble is written once a minute, however many people meet it", async () => {
  world.realtimekit.failing = () => Reply.json({}, { status: 403 });
  await Promise.all(Array.from({ length: 9 }, (_, number) => world.sit(EVERYBODY, `student ${number}`)));
  expect(await world.rows("SELECT times FROM troubles")).toEqual([{ times: 1 }]);
  await (await world.database()).prepare("UPDATE troubles SET at = at - 60000").run();
  await world.sit(EVERYBODY, "student 1");
  const [trouble] = await world.rows("SELECT at, times FROM troubles");
  expect(trouble?.times).toBe(2);
  expect(trouble?.at as number).toBeGreaterThanOrEqual(NOW);
});

test("the tables say which version they are, and an older desk does not set it back", async () => {
  const version = () => world.rows("SELECT value FROM facts WHERE name = 'schema'");
  expect(await version()).toEqual([{ value: "1" }]);
  await world.insert("facts", { name: "schema", value: "10" });
  await world.setUp();
  expect(await version()).toEqual([{ value: "10" }]);
});

test("where D1 fails, the page is asked to try again", async () => {
  await (await world.database()).prepare("ALTER TABLE join_links RENAME TO gone").run();
  const reply = await world.sit(EVERYBODY, "Bo");
  expect([reply.status, reply.value.error, reply.headers.get("Retry-After")]).toEqual([503, "later", "5"]);
  await (await world.database()).prepare("ALTER TABLE gone RENAME TO join_links").run();
});

test("the database has no code and no seat as it is in the link or the browser", async () => {
  await world.sit(EVERYBODY, "Bo");
  const all = [];
  for (const table of ["classes", "join_links", "seats", "events"])
    all.push(...(await world.rows(`SELECT * FROM ${table}`)));
  const text = JSON.stringify(all);
  for (const secret of [EVERYBODY, ADA, HOST, secretOf("Bo"), "token-of", "192.0.2.1"])
    expect(text).not.toContain(secret);
  expect(text).toContain(await hashOf(EVERYBODY));
});
