import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { World, secretOf } from "./world";

let world: World;
beforeAll(async () => {
  world = await World.begin();
});
afterAll(() => world.end());

test("10,000 guesses hit nothing and are slowed down, and a right code works meanwhile", async () => {
  await world.addClass("one");
  await world.addJoinLink(secretOf("right"), { class: "one" });
  const answers = new Map<number, number>();
  for (let round = 0; round < 100; round += 1) {
    const tries = Array.from({ length: 100 }, (_, number) => {
      const room = number % 2 === 0 ? "j" : "w";
      const code = number % 5 === 0 ? "guess" : randomBytes(16).toString("base64url");
      return world.ask(`/${room}/${code}/${room === "j" ? "class" : "video"}`, { address: "198.51.100.7" });
    });
    for (const { status } of await Promise.all(tries)) answers.set(status, (answers.get(status) ?? 0) + 1);
  }
  expect([...answers.keys()].sort()).toEqual([404, 429]);
  expect(answers.get(404)).toBeLessThanOrEqual(40);
  expect((await world.ask(`/j/${secretOf("right")}/class`, { address: "198.51.100.7" })).status).toBe(200);
  expect(
    (await world.ask(`/j/${secretOf("other")}/class`, { address: "198.51.100.8" })).status,
    "another address",
  ).toBe(404);
});

test("addresses of one network of IPv6 are slowed down together", async () => {
  const tries = Array.from({ length: 40 }, (_, number) =>
    world.ask(`/j/${secretOf(`g${number}`)}/class`, {
      address: number % 2 ? `2001:db8::${number}` : `2001:db8:0:0:1::${number}`,
    }),
  );
  expect((await Promise.all(tries)).filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(20);
});

test("pages and files come from the assets, with headers that keep them to themselves", async () => {
  for (const [path, file] of [
    // Asked for by its name, a page is a redirect to these.
    ["/j/code", "file /"],
    ["/w/code", "file /watch"],
    ["/assets/join.js", "file /assets/join.js"],
    ["/j/assets/join.js", "file /assets/join.js"],
    ["/w/assets/hls.js", "file /assets/hls.js"],
    ["/", "file /"],
  ] as const) {
    expect((await world.ask(path)).text).toBe(file);
  }
  const { headers } = await world.ask("/w/code");
  expect(headers.get("Referrer-Policy")).toBe("no-referrer");
  expect(headers.get("X-Frame-Options")).toBe("DENY");
  expect(headers.get("Content-Security-Policy"), "the page’s own policy lets its scripts run").toBe(
    "frame-ancestors 'none'",
  );
  expect((await world.ask("/w/code", { method: "POST", body: {} })).status).toBe(405);
  const reply = await world.ask("/j/code/class/more");
  expect([reply.status, reply.headers.get("Cache-Control")]).toEqual([404, "no-store"]);
});
