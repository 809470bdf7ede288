import { createVerify } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MINUTE, NOW, World, hashOf, publicKey, secretOf } from "./world";

const LINK = secretOf("watch");

let world: World;
beforeAll(async () => {
  world = await World.begin();
});
afterAll(() => world.end());
beforeEach(async () => {
  const db = await world.database();
  await db.batch(["watch_links", "plays", "events"].map((table) => db.prepare(`DELETE FROM ${table}`)));
});

const play = (code = LINK, body: object = {}, country?: string) => world.ask(`/w/${code}/play`, { body, country });

/** The payload of a token whose signature is right. */
function verified(token: unknown): Record<string, unknown> {
  const [header = "", payload = "", signature = ""] = String(token).split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  expect(read(header)).toEqual({ alg: "RS256", kid: "key-1" });
  const isRight = createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(publicKey, signature, "base64url");
  expect(isRight, "the signature is right").toBe(true);
  return read(payload);
}

test("a link plays with a token of an hour, and is noted without the address", async () => {
  await world.addWatchLink(LINK);
  expect((await world.ask(`/w/${LINK}/video`)).value).toMatchObject({
    title: "Kihon",
    seconds: 3600,
    locked: false,
    download: false,
  });
  const { status, value } = await play(LINK, {}, "DE");
  expect(status).toBe(200);
  expect(value).toMatchObject({ player: "https://customer-1.cloudflarestream.com", title: "Kihon" });
  const { sub, kid, exp, nbf, downloadable, accessRules } = verified(value.token);
  expect({ sub, kid, downloadable, accessRules }).toEqual({
    sub: "video-1",
    kid: "key-1",
    downloadable: false,
    accessRules: undefined,
  });
  const now = Date.now() / 1000;
  expect(Math.abs(Number(exp) - now - 3600)).toBeLessThan(10);
  expect(Number(nbf)).toBeLessThan(now);
  expect(await world.rows("SELECT kind, code, country, class, seat FROM events")).toEqual([
    { kind: "played", code: await hashOf(LINK), country: "DE", class: null, seat: null },
  ]);
});

test("a player goes on with new tokens, which is not another play", async () => {
  await world.addWatchLink(LINK);
  const { value } = await play();
  const renewed = await world.ask(`/w/${LINK}/renew`, { body: { play: value.play } });
  expect(verified(renewed.value.token).sub).toBe("video-1");
  expect(await world.rows("SELECT kind FROM events")).toHaveLength(1);
  const other = secretOf("other");
  await world.addWatchLink(other);
  expect(
    (await world.ask(`/w/${other}/renew`, { body: { play: value.play } })).status,
    "a player of another link",
  ).toBe(404);
  expect((await world.ask(`/w/${LINK}/renew`, { body: { play: "x" } })).status).toBe(400);
});

test("a revoked link ends for new plays and renewals, and another one lives", async () => {
  const other = secretOf("other");
  await world.addWatchLink(LINK);
  await world.addWatchLink(other);
  const { value } = await play();
  await world.addWatchLink(LINK, { revoked: NOW });
  for (const [path, body] of [["video"], ["play", {}], ["renew", { play: value.play }]] as const) {
    const reply = await world.ask(`/w/${LINK}/${path}`, body && { body });
    expect([reply.status, reply.value.error]).toEqual([410, "revoked"]);
  }
  expect((await play(other)).status).toBe(200);
});

test("no token lives longer than its link", async () => {
  const until = Date.now() + 5 * MINUTE;
  await world.addWatchLink(LINK, { until });
  const { value } = await play();
  expect(verified(value.token).exp).toBe(Math.floor(until / 1000));
  expect(value.expires).toBe(Math.floor(until / 1000) * 1000);
  await world.addWatchLink(LINK, { until: NOW - 1 });
  expect((await play()).value.error).toBe("over");
});

test("a link that begins later says when", async () => {
  await world.addWatchLink(LINK, { not_before: NOW + 60 * MINUTE });
  const reply = await play();
  expect([reply.status, reply.value.error, reply.value.opens]).toEqual([425, "early", NOW + 60 * MINUTE]);
});

test("rules of countries hold at the door and in the token", async () => {
  await world.addWatchLink(LINK, { countries: '["DE","AT"]' });
  expect((await play(LINK, {}, "FR")).value.error).toBe("country");
  expect((await play(LINK)).value.error, "an unknown country").toBe("country");
  expect(verified((await play(LINK, {}, "AT")).value.token).accessRules).toEqual([
    { type: "ip.geoip.country", country: ["DE", "AT"], action: "allow" },
    { type: "any", action: "block" },
  ]);
  await world.addWatchLink(LINK, { countries: '["FR"]', only: 0 });
  expect((await play(LINK, {}, "FR")).value.error).toBe("country");
  expect(verified((await play(LINK)).value.token).accessRules).toEqual([
    { type: "ip.geoip.country", country: ["FR"], action: "block" },
  ]);
});

test("a passphrase hides what the link is about until its key is right, and guesses are slowed down", async () => {
  const key = secretOf("key");
  await world.addWatchLink(LINK, { passphrase: await hashOf(key), salt: "c2FsdA", rounds: 600_000, download: 1 });
  const { value } = await world.ask(`/w/${LINK}/video`);
  expect(value).toMatchObject({ locked: true, salt: "c2FsdA", rounds: 600_000 });
  expect(value.title).toBeUndefined();
  const wrong = await play(LINK, { key: secretOf("wrong") });
  expect([wrong.status, wrong.value.error]).toEqual([401, "passphrase"]);
  expect((await play(LINK)).value.error).toBe("passphrase");
  expect(verified((await play(LINK, { key })).value.token).downloadable).toBe(true);
  await play(LINK, { key: secretOf("again") });
  await play(LINK, { key: secretOf("again") });
  const slowed = await play(LINK, { key });
  expect([slowed.status, slowed.value.error, slowed.headers.get("Retry-After")]).toEqual([429, "slow", "60"]);
});

test("what cannot be signed is not played, and the desk is told", async () => {
  const broken = await World.begin({ signingKey: "no key" });
  await broken.addWatchLink(LINK);
  const reply = await broken.ask(`/w/${LINK}/play`, { body: {} });
  expect([reply.status, reply.value]).toEqual([503, { error: "later" }]);
  expect(await broken.rows("SELECT reason, times FROM troubles")).toEqual([{ reason: "signing", times: 1 }]);
  expect(await broken.rows("SELECT * FROM events")).toEqual([]);
  await broken.end();
});

test("players and events that are too old are deleted", async () => {
  await world.addWatchLink(LINK);
  const old = NOW - 91 * 24 * 60 * MINUTE;
  for (let number = 0; number < 12; number += 1) {
    await world.insert("plays", { id: `old ${number}`, code: "c", at: old });
    await world.insert("events", { at: old, kind: "played", code: "c" });
  }
  await play();
  expect([
    (await world.rows("SELECT id FROM plays")).length,
    (await world.rows("SELECT at FROM events")).length,
  ]).toEqual([3, 3]);
});
