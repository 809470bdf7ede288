import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PlaybackToken } from "./token";

const HOUR = 3_600_000;
const playback = (token: string, hours: number) => ({
  hls_url: `https://stream.example/${token}/manifest/video.m3u8`,
  poster_url: null,
  expires_at: new Date(Date.now() + hours * HOUR).toISOString(),
});
const segment = (token: string) => `https://stream.example/${token}/video/720/seg_7.ts?p=1`;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime("2026-12-01T18:00:00Z");
});
afterEach(() => vi.useRealTimers());

const pass = (hours: number) => vi.advanceTimersByTime(hours * HOUR);
/** The addresses of a token, one for each step of the time. */
async function addresses(token: PlaybackToken, steps: number, hours: number, of = segment("first")) {
  const seen: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    seen.push(await token.address(of));
    await Promise.resolve();
    pass(hours);
  }
  return seen;
}

describe("the token of a video that plays", () => {
  it("stays while it is valid for long", async () => {
    const renew = vi.fn();
    expect(await new PlaybackToken(playback("first", 6), renew).address(segment("first"))).toBe(segment("first"));
    expect(renew).not.toHaveBeenCalled();
  });

  it("is replaced before it ends, and again, so that every request has one that is valid then", async () => {
    let made = 0;
    const ends = new Map([["first", Date.now() + 2 * HOUR]]);
    const renew = vi.fn(() => {
      made += 1;
      ends.set(`token-${made}`, Date.now() + 2 * HOUR);
      return Promise.resolve(playback(`token-${made}`, 2));
    });
    const token = new PlaybackToken(playback("first", 2), renew);
    for (let quarter = 0; quarter < 48; quarter += 1) {
      const url = await token.address(segment("first"));
      const name = url.split("/")[3] ?? "";
      expect(ends.get(name)).toBeGreaterThan(Date.now());
      pass(0.25);
    }
    expect(made).toBeGreaterThan(5);
  });

  it("is waited for when the old one has ended, as after a night asleep", async () => {
    const token = new PlaybackToken(playback("first", 2), () => Promise.resolve(playback("second", 2)));
    pass(9);
    expect(await token.address(segment("first"))).toBe(segment("second"));
  });

  it("is asked for once by requests at the same time", async () => {
    const renew = vi.fn(() => Promise.resolve(playback("second", 2)));
    const token = new PlaybackToken(playback("first", 2), renew);
    pass(3);
    const urls = await Promise.all([1, 2, 3].map(() => token.address(segment("first"))));
    expect(urls).toEqual([segment("second"), segment("second"), segment("second")]);
    expect(renew).toHaveBeenCalledOnce();
  });

  it("stays when no other can be had, and the question is repeated only after a while", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const renew = vi.fn(() => Promise.reject(new Error("offline")));
    const token = new PlaybackToken(playback("first", 0.5), renew);
    expect(await addresses(token, 5, 0)).toEqual(Array(5).fill(segment("first")));
    expect(renew).toHaveBeenCalledOnce();
    pass(0.1);
    await token.address(segment("first"));
    expect(renew).toHaveBeenCalledTimes(2);
  });

  it("leaves addresses alone that do not hold it", async () => {
    const token = new PlaybackToken(playback("first", 1), () => Promise.resolve(playback("second", 9)));
    pass(2);
    expect(await token.address("https://elsewhere.example/key")).toBe("https://elsewhere.example/key");
  });
});
