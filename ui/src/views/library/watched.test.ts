import { beforeEach, describe, expect, it } from "vitest";
import { keepWatched, watchedUntil } from "./watched";

beforeEach(() => localStorage.clear());

describe("where a recording was left", () => {
  it("is kept, and forgotten near the beginning and the end", () => {
    keepWatched("a", 700.4, 3600);
    expect(watchedUntil("a")).toBe(700);
    expect(watchedUntil("b")).toBe(0);
    keepWatched("a", 3595, 3600);
    expect(watchedUntil("a")).toBe(0);
    keepWatched("a", 5, 3600);
    expect(watchedUntil("a")).toBe(0);
    keepWatched("a", 700, Number.NaN);
    expect(watchedUntil("a")).toBe(0);
  });

  it("is kept for the 200 recordings that were watched last", () => {
    for (let n = 0; n < 250; n += 1) keepWatched(`r${n}`, 100, 3600);
    keepWatched("r50", 200, 3600);
    expect(watchedUntil("r49")).toBe(0);
    expect(watchedUntil("r50")).toBe(200);
    expect(watchedUntil("r249")).toBe(100);
  });

  it("survives a storage that holds something else", () => {
    for (const odd of ["", "null", "{}", '[["a"],[1,2],["a","b"],null]', "[[["]) {
      localStorage.setItem("hajime.watched", odd);
      expect(watchedUntil("a")).toBe(0);
      keepWatched("a", 100, 3600);
      expect(watchedUntil("a")).toBe(100);
    }
  });
});
