import { render, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { barriers } from "../../test/axe";
import Steps from "./Steps.svelte";

describe("Steps", () => {
  const words = () => screen.getAllByRole("listitem").map((item) => item.textContent?.trim());
  it("tells screen readers the state of each step", async () => {
    const { rerender } = render(Steps, { done: 3, progress: 62.4 });
    expect(words()).toEqual([
      "Recorded, done",
      "Uploaded, done",
      "Handed to Stream, done",
      "Encoding, under way, 62 %",
      "Ready, to come",
    ]);
    expect(document.querySelector("[aria-current=step]")).toHaveTextContent("Encoding");
    await rerender({ done: 2, progress: null, failed: true });
    expect(words()[2]).toBe("Handed to Stream, failed");
    await rerender({ done: 5, progress: null, failed: false });
    expect(words().every((word) => word?.endsWith("done"))).toBe(true);
    expect(await barriers()).toEqual([]);
  });
});
