import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Asked } from "./asked.svelte";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a question about what somebody types", () => {
  it("is asked after a pause, and only the last one", async () => {
    const asked = new Asked<string>();
    const first = vi.fn(() => Promise.resolve("first"));
    asked.after(first)();
    asked.after(() => Promise.resolve("second"));
    expect(asked.answer).toBeNull();
    await vi.advanceTimersByTimeAsync(500);
    expect(first).not.toHaveBeenCalled();
    expect(asked.answer).toBe("second");
  });

  it("drops an answer that arrives after the next question", async () => {
    const asked = new Asked<string>();
    let late: (answer: string) => void = () => undefined;
    const drop = asked.after(() => new Promise((answer) => (late = answer)));
    await vi.advanceTimersByTimeAsync(500);
    drop();
    asked.after(() => Promise.resolve("new"));
    await vi.advanceTimersByTimeAsync(500);
    late("old");
    await vi.advanceTimersByTimeAsync(0);
    expect(asked.answer).toBe("new");
  });

  it("shows a refusal in the place of the answer, and forgets both when nothing is asked", async () => {
    const asked = new Asked<string>();
    asked.after(() => Promise.resolve("an answer"));
    await vi.advanceTimersByTimeAsync(500);
    const error = { code: "invalid_input", message: "No.", next: "Type another one." };
    asked.after(() => Promise.reject(error as unknown as Error));
    await vi.advanceTimersByTimeAsync(500);
    expect([asked.answer, asked.failure?.message]).toEqual([null, "No."]);
    asked.after(null);
    expect([asked.answer, asked.failure]).toEqual([null, null]);
  });
});
