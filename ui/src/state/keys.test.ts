import { describe, expect, it } from "vitest";
import { matchesKeys } from "./keys";

const press = (key: string, code: string, more: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, code, ...more });
const ctrl = { ctrlKey: true };
const shift = { shiftKey: true };

describe("letters", () => {
  it.each([
    ["Cyrillic", "л", "т", "У"],
    ["Greek", "κ", "ν", "Ε"],
    ["Hebrew", "ל", "מ", "ק"],
    ["Arabic", "ن", "ى", "ُ"],
  ])("match by position on a %s layout", (_layout, k, n, e) => {
    expect(matchesKeys(press(k, "KeyK", ctrl), "ctrl+k")).toBe(true);
    expect(matchesKeys(press(n, "KeyN"), "n")).toBe(true);
    expect(matchesKeys(press(e, "KeyE", { ...ctrl, ...shift }), "ctrl+shift+e")).toBe(true);
    expect(matchesKeys(press(k, "KeyK", ctrl), "ctrl+n")).toBe(false);
    expect(matchesKeys(press(k, "KeyK"), "ctrl+k")).toBe(false);
    expect(matchesKeys(press(n, "KeyN", shift), "n")).toBe(false);
  });

  it("match by character on Latin layouts", () => {
    // On Dvorak the key at the position of V writes K, and the key at the position of K writes T.
    expect(matchesKeys(press("k", "KeyV", ctrl), "ctrl+k")).toBe(true);
    expect(matchesKeys(press("t", "KeyK", ctrl), "ctrl+k")).toBe(false);
    // Turkish and French layouts have accented letters at these positions, and E and T elsewhere.
    expect(matchesKeys(press("Ğ", "KeyE", { ...ctrl, ...shift }), "ctrl+shift+e")).toBe(false);
    expect(matchesKeys(press("è", "KeyT"), "t")).toBe(false);
  });

  it("do not match named keys and dead keys", () => {
    expect(matchesKeys(press("Dead", "KeyE", { ...ctrl, ...shift }), "ctrl+shift+e")).toBe(false);
    expect(matchesKeys(press("Process", "KeyN"), "n")).toBe(false);
    expect(matchesKeys(press("Enter", "Enter"), "enter")).toBe(true);
  });
});

describe("digits with Ctrl", () => {
  it("match by position where they need Shift", () => {
    expect(matchesKeys(press("&", "Digit1", ctrl), "ctrl+1")).toBe(true);
    expect(matchesKeys(press("é", "Digit2", ctrl), "ctrl+2")).toBe(true);
    expect(matchesKeys(press("(", "Digit5", { metaKey: true }), "ctrl+5")).toBe(true);
    expect(matchesKeys(press("à", "Digit0", ctrl), "ctrl+0")).toBe(true);
    expect(matchesKeys(press("é", "Digit2", ctrl), "ctrl+1")).toBe(false);
    expect(matchesKeys(press("1", "Digit1", { ...ctrl, ...shift }), "ctrl+1")).toBe(false);
    expect(matchesKeys(press("&", "Digit1"), "ctrl+1")).toBe(false);
  });

  it("match on the number pad", () => {
    expect(matchesKeys(press("1", "Numpad1", ctrl), "ctrl+1")).toBe(true);
    expect(matchesKeys(press("1", "Digit1", ctrl), "ctrl+1")).toBe(true);
  });
});
