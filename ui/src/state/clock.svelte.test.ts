import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { everyFull, second } from "./clock.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date("2026-11-28T10:00:00.300Z"));
});
afterEach(() => vi.useRealTimers());

describe("everyFull", () => {
  it("ticks on the full minute, not a minute after its start", () => {
    const at: string[] = [];
    const stop = everyFull(60_000, () => at.push(new Date().toISOString()));
    vi.advanceTimersByTime(120_000);
    expect(at).toEqual(["2026-11-28T10:01:00.000Z", "2026-11-28T10:02:00.000Z"]);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("second", () => {
  it("runs no timer while nothing reads it, and one for all readers", async () => {
    expect(second()).toEqual(new Date());
    expect(vi.getTimerCount()).toBe(0);
    const seen: number[] = [];
    const stop = $effect.root(() => {
      $effect(() => void seen.push(second().getSeconds()));
      $effect(() => void second());
    });
    flushSync();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    flushSync();
    expect(seen).toEqual([0, 1, 2]);
    stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
