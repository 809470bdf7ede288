import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { typedValue } from "./typed-value";

/** An input whose engine does nothing with keys: only the action can set its value. */
function mount(kind: "date" | "time", value: string) {
  const input = document.createElement("input");
  input.type = kind;
  input.value = value;
  document.body.append(input);
  const heard = vi.fn();
  input.addEventListener("input", () => heard(input.value));
  const action = typedValue(input, kind);
  const type = (text: string) => {
    for (const key of text) input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    vi.runAllTimers();
  };
  return { input, heard, type, action };
}

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout"] }));
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("typing", () => {
  it("a whole date sets it, whatever the engine made of the keys", () => {
    const { input, heard, type } = mount("date", "2026-11-22");
    type("2026-11-2");
    expect(heard).not.toHaveBeenCalled();
    type("3");
    expect(input.value).toBe("2026-11-23");
    expect(heard).toHaveBeenCalledExactlyOnceWith("2026-11-23");
  });

  it("a time sets it, in hours from 0 to 23", () => {
    const { input, type } = mount("time", "07:30");
    type("19:00");
    expect(input.value).toBe("19:00");
  });

  it("a date that does not exist changes nothing", () => {
    const { input, type } = mount("date", "2026-11-22");
    type("2026-02-31");
    expect(input.value).toBe("2026-11-22");
  });

  it("starts over after leaving the field or moving in it", () => {
    const { input, type } = mount("date", "2026-11-22");
    type("2026-");
    input.dispatchEvent(new FocusEvent("blur"));
    type("11-23");
    type("2026-11");
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    type("-23");
    expect(input.value).toBe("2026-11-22");
  });
});

it("pasting a date sets it", () => {
  const { input } = mount("date", "2026-11-22");
  const paste = new Event("paste", { cancelable: true }) as Event & { clipboardData?: unknown };
  paste.clipboardData = { getData: () => " 2026-12-01 " };
  input.dispatchEvent(paste);
  expect(input.value).toBe("2026-12-01");
  expect(paste.defaultPrevented).toBe(true);
});

it("stops listening when it is taken away", () => {
  const { input, type, action } = mount("time", "07:30");
  if (typeof action === "object") action.destroy?.();
  type("19:00");
  expect(input.value).toBe("07:30");
});
