import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeShell, idOf } from "../../test/recordings";

import { Pictures } from "./pictures.svelte";

describe("pictures", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("waits five minutes after an answer without pictures or a failure, and then asks again", async () => {
    let answer: () => unknown = () => [];
    const shell = fakeShell({ recording_pictures: () => answer() });
    const asked = () => shell.sent("recording_pictures").length;
    const pictures = new Pictures();
    const want = async (n: number, ms = 100) => {
      pictures.want(idOf(n));
      await vi.advanceTimersByTimeAsync(ms);
    };
    await want(1);
    await want(2);
    expect(asked()).toBe(1);
    answer = () => {
      throw new Error("no keyring");
    };
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    await want(2);
    await want(3);
    expect(asked()).toBe(2);
    answer = () => [{ recording_id: idOf(2), url: "https://pictures.test/2", expires_at: "2999-01-01T00:00:00Z" }];
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    pictures.want(idOf(3));
    await want(2);
    await want(3);
    expect([asked(), pictures.of(idOf(2)), pictures.of(idOf(3))]).toEqual([3, "https://pictures.test/2", undefined]);
  });
});
