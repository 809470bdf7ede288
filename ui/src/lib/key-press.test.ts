import { expect, it } from "vitest";
import { pressed, released } from "./key-press";

const event = (key: string, code: string, held: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, code, ...held });
const both = { ctrlKey: true, altKey: true };

it.each([
  ["h", "KeyH", "Ctrl+Alt+H"],
  // On a French keyboard, the key at the place of Q writes an A.
  ["a", "KeyQ", "Ctrl+Alt+A"],
  // On a Russian one, the key at the place of A writes a letter of another script.
  ["ф", "KeyA", "Ctrl+Alt+A"],
  ["!", "Digit1", "Ctrl+Alt+1"],
  ["F5", "F5", "Ctrl+Alt+F5"],
  ["ArrowUp", "ArrowUp", "Ctrl+Alt+Up"],
  ["PageDown", "PageDown", "Ctrl+Alt+PageDown"],
])("reads %s at %s as %s", (key, code, keys) => {
  expect(pressed(event(key, code, both), false).keys).toBe(keys);
});

it("waits for the key while only others are held", () => {
  expect(pressed(event("Alt", "AltLeft", both), false)).toEqual({ held: ["Ctrl", "Alt"], keys: null });
});

it("counts a released key as gone, also where the event still counts it as held", () => {
  expect(released(event("Alt", "AltLeft", both))).toEqual(["Ctrl"]);
  expect(released(event("Control", "ControlLeft", { altKey: true }))).toEqual(["Alt"]);
});

it("takes the position on a Mac, where Alt writes other signs", () => {
  expect(pressed(event("˙", "KeyH", { metaKey: true, altKey: true }), true).keys).toBe("Alt+Super+H");
  expect(pressed(event("a", "KeyQ", { metaKey: true }), true).keys).toBe("Super+Q");
});
