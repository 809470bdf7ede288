import { describe, expect, it } from "vitest";
import { expiryOf, isWhole, validFrom } from "./token.js";

const part = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const token = (payload, alg = "HS256", signature = "s".repeat(43)) => `${part({ alg })}.${part(payload)}.${signature}`;

describe("a whole token", () => {
  it("is whole with any algorithm, also one that is not known here", () => {
    expect(isWhole(token({ exp: 1 }))).toBe(true);
    expect(isWhole(token({}, "RS256", "s".repeat(342)))).toBe(true);
    expect(isWhole(token({}, "RS256", "s".repeat(683)))).toBe(true);
    expect(isWhole(token({}, "new", "s"))).toBe(true);
  });

  it("is not whole wherever it is cut off", () => {
    const whole = token({ meetingId: "m", participantId: "p", name: "Größe" });
    for (let length = 0; length < whole.length; length += 1) expect(isWhole(whole.slice(0, length))).toBe(false);
  });

  it.each(["", "nonsense", "a.b.c", `${token({})}.more`, `${part([])}.${part({})}.s`, `${part({})}.${part(null)}.s`])(
    "is not %s",
    (text) => expect(isWhole(text)).toBe(false),
  );
});

describe("the times of a token", () => {
  it("are read from the payload, or are null", () => {
    expect(expiryOf(token({ exp: 1_700_000_000 }))).toBe(1_700_000_000);
    expect(validFrom(token({ nbf: 1_700_000_000 }))).toBe(1_700_000_000);
    expect([expiryOf(""), expiryOf("a.b.c"), expiryOf(token({ exp: "soon" })), validFrom(token({}))]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
