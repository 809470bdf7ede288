import { describe, expect, it } from "vitest";
import {
  LABELS,
  deviceProblem,
  deviceWords,
  isRefusal,
  joiningName,
  notOpenYet,
  onFailure,
  onLeft,
  shownName,
  shownTime,
  shownTitle,
} from "./words.js";

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
    ["\u202eoduJ\u202c", "oduJ"],
  ])("%s is shown as %s", (title, shown) => expect(shownTitle(title)).toBe(shown));

  it("is cut if it is too long", () => {
    expect(shownTitle("🥋".repeat(10_000))).toBe(`${"🥋".repeat(120)}…`);
  });
});

describe("a name", () => {
  it.each([
    ["  Ada \n Lovelace ", "Ada Lovelace"],
    ["\u202eAda\u200f", "Ada"],
    ["<b>Ada</b>", "<b>Ada</b>"],
    ["محمد", "محمد"],
    ["👩‍👩‍👧 Family", "👩‍👩‍👧 Family"],
    ["\u200b\u200b", ""],
    [null, ""],
  ])("%j is shown as %j", (name, shown) => expect(shownName(name)).toBe(shown));

  it("of 10,000 characters is cut", () => expect(shownName("a".repeat(10_000))).toBe(`${"a".repeat(50)}…`));

  it("carries the answer about being recorded, once", () => {
    expect(joiningName("Ada", null)).toBe("Ada");
    expect(joiningName("Ada", true)).toBe("Ada\u2063");
    expect(joiningName(joiningName("Ada", true), true)).toBe("Ada\u2063");
    // Whoever types the mark has not agreed by that, and it is not shown.
    expect(joiningName("Ada\u2063", null)).toBe("Ada");
    expect(shownName("Ada\u2063")).toBe("Ada");
    expect(joiningName("Ada", false)).toBe("Ada · not to be recorded");
    expect(joiningName(joiningName("Ada", false), false)).toBe("Ada · not to be recorded");
    // Whoever types it without having declined does not get it.
    expect(joiningName("Ada · not to be recorded", true)).toBe("Ada\u2063");
  });
});

describe("a time", () => {
  it("has a day only if that is another one", () => {
    const evening = 1_800_000_000;
    expect(shownTime(evening, NOW - 3_600_000, "Europe/Berlin")).toBe("at 09:00");
    expect(shownTime(evening, NOW - 30 * 3_600_000, "Europe/Berlin")).toBe("on Friday 15 January at 09:00");
  });

  it("is announced while the room is closed", () => {
    expect(notOpenYet(NOW / 1000 + 600, NOW).heading).toBe("The class opens at 09:10");
    expect(notOpenYet(NOW / 1000 - 60, NOW).heading).toBe("The class has not been opened yet");
  });
});

describe("a room that does not open", () => {
  const token = tokenUntil(NOW / 1000 + 60);
  const heading = (problem, online = true, of = token) => onFailure(problem, of, NOW, online).heading;

  it("distinguishes expired, closed and invalid", () => {
    const refused = (status) => ({ code: "0004", message: `[ERR0004]: {Client} Invalid auth token\nNo. (${status})` });
    expect(heading(refused(401), true, tokenUntil(NOW / 1000 - 1))).toBe("This invitation has expired");
    expect(heading(refused(401))).toBe("This invitation is not valid");
    expect([heading(refused(403)), heading(refused(404))]).toEqual(["This room is closed", "This room is closed"]);
    expect(heading({ code: "0004" }, true, "nonsense")).toBe("This invitation is not valid");
    expect([isRefusal(refused(404)), isRefusal({ code: "0001" }), isRefusal(undefined)]).toEqual([true, false, false]);
  });

  it.each([
    [
      { code: "0001", message: "Unable to connect to the server. Check the internet connection." },
      "No connection to the room",
    ],
    [{ code: "0001", message: "Connection timed out. Check the network and try again." }, "No connection to the room"],
    [{ code: "0001", message: "The server encountered an error. Try again. (502)" }, "Cloudflare has a problem"],
    [{ code: "0001", message: "Request rejected by the server. (429)" }, "Too many requests"],
    [{ code: "0001", message: "Request rejected by the server. (418)" }, "The room could not be opened"],
    [{ code: "0002" }, "No connection to the room"],
    [{ code: "0010" }, "This browser does not support video calls"],
    [{ code: "0011" }, "No connection to the room"],
    [{ code: "0012" }, "No connection to the room"],
    [{ code: "0013" }, "Too many requests"],
    [
      { code: "0014", message: "A firewall or network restriction may be blocking the connection." },
      "The room cannot be reached from this network",
    ],
    [{ code: "0014", message: "Check the network and try again." }, "No connection to the room"],
    [{ name: "TypeError", message: "Failed to fetch" }, "No connection to the room"],
    [{ code: "9900" }, "The room could not be opened"],
    [undefined, "The room could not be opened"],
  ])("%j says “%s”", (problem, said) => expect(heading(problem)).toBe(said));

  it("names the network while the browser has none", () =>
    expect(heading({ code: "0004" }, false)).toBe("No connection to the room"));

  it("offers the link where another browser is needed", () =>
    expect(onFailure({ code: "0010" }, token, NOW, true).next).toBe("copy"));
});

describe("leaving", () => {
  it("offers to join again unless the host removed or rejected the participant, or the session has ended", () => {
    const next = (state) => onLeft(state).next;
    expect(["left", "disconnected", "failed", "something new"].map(next)).toEqual(["again", "again", "again", "again"]);
    expect(["kicked", "ended", "rejected"].map(next)).toEqual([null, null, null]);
  });
});

describe("a camera or microphone", () => {
  it.each([
    [{ name: "NotAllowedError", message: "Permission denied" }, "denied"],
    [{ name: "NotAllowedError", message: "Permission denied by system" }, "blocked"],
    [{ name: "SecurityError" }, "denied"],
    [{ name: "NotFoundError" }, "none"],
    [{ name: "OverconstrainedError" }, "none"],
    [{ name: "NotReadableError" }, "busy"],
    [{ name: "AbortError" }, "busy"],
    [{ name: "TypeError" }, "failed"],
    [undefined, "failed"],
  ])("that does not open with %j is %s", (problem, state) => expect(deviceProblem(problem)).toBe(state));

  it("has a sentence of its own for each trouble", () => {
    const states = ["denied", "blocked", "none", "busy", "gone", "failed"];
    const said = states.flatMap((state) => [deviceWords("camera", state), deviceWords("microphone", state)]);
    expect(new Set(said).size).toBe(said.length);
    expect(deviceWords("camera", "on")).toBe("");
    expect(deviceWords("camera", "asking")).toBe(LABELS.asks);
  });
});
