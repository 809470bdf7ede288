import { describe, expect, it } from "vitest";
import { expiryOf, onFailure, onLeft, shownTitle } from "./words.js";

const tokenUntil = (exp) => `head.${btoa(JSON.stringify({ exp })).replaceAll("=", "")}.tag`;
const NOW = 1_800_000_000_000;

describe("the title of a room", () => {
  it.each([
    ["Judo · HJ-ATWQ6D4C", "Judo"],
    ["Judo · HJ-ATWQ6D", "Judo"],
    ["Judo · Grundlagen · HJ-7KQ2M4", "Judo · Grundlagen"],
    ["柔道 · HJ-7KQ2M4", "柔道"],
    // Other endings are kept.
    ["Judo · HJ-atwq6d4c", "Judo · HJ-atwq6d4c"],
    ["Judo HJ-ATWQ6D4C", "Judo HJ-ATWQ6D4C"],
    ["HJ-ATWQ6D4C", "HJ-ATWQ6D4C"],
    ["", "Class"],
    [undefined, "Class"],
  ])("%s is shown as %s", (title, shown) => expect(shownTitle(title)).toBe(shown));
});

describe("a room that does not open", () => {
  it("distinguishes an expired invitation from an invalid one", () => {
    const problem = { code: "0004", message: "Invalid auth token" };
    expect(onFailure(problem, tokenUntil(NOW / 1000 - 1), NOW, true).heading).toBe("This invitation has expired");
    expect(onFailure(problem, tokenUntil(NOW / 1000 + 60), NOW, true).heading).toBe("This invitation is not valid");
    expect(onFailure(problem, "no token at all", NOW, true).heading).toBe("This invitation is not valid");
  });

  it("reports no connection for network errors only", () => {
    const token = tokenUntil(NOW / 1000 - 1);
    expect(onFailure({ code: "0004" }, token, NOW, false).heading).toBe("No connection to the room");
    expect(onFailure(new TypeError("Failed to fetch"), token, NOW, true).heading).toBe("No connection to the room");
    const offline = {
      code: "0001",
      message: "[ERR0001]: {Client} Failed to initialize.\nUnable to connect to the server.",
    };
    expect(onFailure(offline, token, NOW, true).heading).toBe("No connection to the room");
    expect(onFailure({ code: "0011" }, token, NOW, true).again).toBe(true);
    expect(onFailure({ code: "0013" }, token, NOW, true).heading).toBe("Too many requests");
    expect(onFailure({ code: "0010" }, token, NOW, true).heading).toBe("This browser does not support video calls");
    expect(onFailure(undefined, token, NOW, true).heading).toBe("The room could not be opened");
  });
});

describe("leaving", () => {
  it("offers to join again unless the host removed or rejected the participant, or the session has ended", () => {
    const mayReturn = (state) => onLeft(state).again;
    expect(["left", "disconnected", "failed", "something new"].map(mayReturn)).toEqual([true, true, true, true]);
    expect(["kicked", "ended", "rejected"].map(mayReturn)).toEqual([false, false, false]);
  });
});

describe("the expiry of a token", () => {
  it("is read from the payload, or is null", () => {
    expect(expiryOf(tokenUntil(1_700_000_000))).toBe(1_700_000_000);
    expect([expiryOf(""), expiryOf("a.b.c"), expiryOf(tokenUntil("soon"))]).toEqual([null, null, null]);
  });
});
