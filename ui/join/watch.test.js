import { describe, expect, it } from "vitest";
import { Refused, WatchLink, keyOf, watchCodeOf } from "./watch-link.js";
import { factsOf, titleOf, watchWords } from "./watch-words.js";

const HOUR = 3_600_000;

/** A link whose door gives a permission of this many milliseconds, with a token for each. */
function linkWith(life) {
  const asked = [];
  let given = 0;
  const fetcher = async (path, init) => {
    asked.push(path);
    if (path.endsWith("/renew") && life() === 0) return new Response('{"error":"revoked"}', { status: 410 });
    given += 1;
    const now = Date.now();
    const value = { play: "p", token: `token${given}`, expires: now + life(), player: "https://v.example", now };
    expect(path.endsWith("/renew") ? JSON.parse(init.body) : {}).toEqual(path.endsWith("/renew") ? { play: "p" } : {});
    return new Response(JSON.stringify(value));
  };
  return { asked, link: new WatchLink("c", fetcher) };
}

describe("the permission", () => {
  it("stays while it has time left", async () => {
    const { asked, link } = linkWith(() => HOUR);
    await link.play();
    const address = link.address("manifest/video.m3u8");
    expect(address).toBe("https://v.example/token1/manifest/video.m3u8");
    expect(await link.renewed(address)).toBe(address);
    expect(asked).toEqual(["/w/c/play"]);
  });

  it("is renewed once for many files before it ends, in every address that has it", async () => {
    const { asked, link } = linkWith(() => (asked.length > 1 ? HOUR : -1));
    await link.play();
    const files = ["a.ts", "b.ts", "c.ts"].map((file) => link.renewed(`https://v.example/token1/video/${file}`));
    expect(await Promise.all(files)).toEqual(
      ["a", "b", "c"].map((file) => `https://v.example/token2/video/${file}.ts`),
    );
    expect(asked).toEqual(["/w/c/play", "/w/c/renew"]);
  });

  it("stays the last one where a link was taken back, and the door is not asked for every file", async () => {
    const { asked, link } = linkWith(() => (asked.length > 1 ? 0 : -1));
    await link.play();
    const address = link.address("x");
    expect(await link.renewed(address)).toBe(address);
    expect(await link.renewed(address)).toBe(address);
    expect(asked).toEqual(["/w/c/play", "/w/c/renew"]);
  });

  it("is refused with the reason of the door", async () => {
    const link = new WatchLink("c", async () => new Response('{"error":"early","opens":7}', { status: 425 }));
    await expect(link.show()).rejects.toEqual(new Refused("early", 7));
    const portal = new WatchLink("c", async () => new Response("<html>"));
    await expect(portal.show()).rejects.toMatchObject({ reason: "offline" });
  });
});

describe("the key of a passphrase", () => {
  it("is that of PBKDF2 with SHA-256", async () => {
    // The second of the vectors of RFC 6070, computed with SHA-256.
    const key = await keyOf("password", { salt: "salt", rounds: 2 });
    const bytes = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
    expect([...bytes].map((one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join("")).toBe(
      "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43",
    );
  });

  it("is the same for letters that are typed in another way", async () => {
    const how = { salt: "s", rounds: 1 };
    expect(await keyOf("cafe\u0301", how)).toBe(await keyOf("caf\u00e9", how));
  });
});

describe("the words", () => {
  it("name the recording", () => {
    expect(titleOf("Kihon\u202e\n<b>")).toBe("Kihon <b>");
    expect(titleOf("")).toBe("Recording");
    const recorded = Date.UTC(2026, 10, 24, 17);
    expect(factsOf({ recorded, seconds: 5_400 }, "Europe/Berlin")).toBe("Tuesday 24 November 2026 · 1 h 30 min");
    expect(factsOf({ recorded, seconds: null }, "Europe/Berlin")).toBe("Tuesday 24 November 2026");
  });

  it("say why it cannot be watched", () => {
    const now = Date.UTC(2026, 10, 30, 11);
    expect(watchWords({ reason: "early", opens: Date.UTC(2026, 11, 1, 17) }, now).text).toBe(
      "Its link works on Tuesday 1 December at 18:00. Open it again then.",
    );
    expect(watchWords({ reason: "toString" }, now).heading).toBe("The recording cannot be opened now");
  });

  it.each([
    ["/w/abc", "abc"],
    ["/w/", ""],
    ["/w/a/b", ""],
  ])("are for the code in %s", (pathname, code) => expect(watchCodeOf({ pathname })).toBe(code));
});
