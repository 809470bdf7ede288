import { describe, expect, it } from "vitest";
import { aRecording, idOf } from "../../test/recordings";
import { Selection } from "./selection.svelte";

const rows = Array.from({ length: 9 }, (_, n) => aRecording(n));

describe("the selection", () => {
  it("toggles one, and extends from the last one that was toggled", () => {
    const selection = new Selection();
    selection.toggle(rows[2]!, 2);
    selection.extend(5, (index) => rows[index]);
    expect(selection.ids).toEqual([2, 3, 4, 5].map(idOf));
    selection.toggle(rows[3]!, 3);
    expect([selection.count(100), selection.has(idOf(3)), selection.has(idOf(4))]).toEqual([3, false, true]);
  });

  it("selects everything that is found, and a toggle takes one out of it", () => {
    const selection = new Selection();
    selection.all();
    expect([selection.count(412), selection.has(idOf(8))]).toEqual([412, true]);
    selection.toggle(rows[1]!, 1);
    selection.toggle(rows[2]!, 2);
    expect([selection.count(412), selection.except]).toEqual([410, [1, 2].map(idOf)]);
    expect([selection.has(idOf(1)), selection.has(idOf(8))]).toEqual([false, true]);
    selection.extend(1, (index) => rows[index]);
    expect([selection.count(412), selection.everything]).toEqual([412, true]);
    selection.toggle(rows[1]!, 1);
    selection.toggle(rows[1]!, 1);
    expect(selection.has(idOf(1))).toBe(true);
    selection.clear();
    expect(selection.count(412)).toBe(0);
  });
});
