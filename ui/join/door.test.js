import { describe, expect, it } from "vitest";
import { Door, codeOf, pauseAfter } from "./door.js";
import { doorWords } from "./door-words.js";

const NOW = Date.UTC(2026, 10, 30, 18);

/** A door that answers in turn, and notes what it was asked. */
function answering(...answers) {
  const asked = [];
  const fetcher = async (path, init) => {
    asked.push({ path, ...(init.body && { body: JSON.parse(init.body) }) });
    const [status, value] = answers.shift() ?? [500, "<html>"];
    if (status === 0) throw new TypeError("Failed to fetch");
    return new Response(typeof value === "string" ? value : JSON.stringify(value), { status });
  };
  return { asked, fetcher };
}

describe("the address", () => {
  it.each([
    ["/j/abc-DEF_1", "abc-DEF_1"],
    ["/j/abc/", "abc"],
    ["/j/", ""],
    ["/", ""],
    ["/j/a/b", ""],
    ["/join", ""],
  ])("%s has the code “%s”", (pathname, code) => expect(codeOf({ pathname })).toBe(code));
});

describe("the door", () => {
  it("is asked with the same seat after a reload, and by another one elsewhere", async () => {
    localStorage.clear();
    const { asked, fetcher } = answering([200, { token: "t" }], [200, { token: "t" }], [200, { token: "t" }]);
    await new Door("c", () => localStorage, fetcher).sit({ name: "Bo", agreed: true });
    await new Door("c", () => localStorage, fetcher).sit({ name: "Bo", agreed: true });
    localStorage.clear();
    await new Door("c", () => localStorage, fetcher).sit({ name: "Bo", agreed: true });
    const seats = asked.map(({ body }) => body.seat);
    expect(seats[0]).toMatch(/^[\w-]{32}$/);
    expect(seats[1]).toBe(seats[0]);
    expect(seats[2]).not.toBe(seats[0]);
    expect(asked[0]).toEqual({ path: "/j/c/seat", body: { seat: seats[0], name: "Bo", agreed: true } });
  });

  it("keeps a seat for the page where the browser stores nothing", async () => {
    const { asked, fetcher } = answering([502, { error: "realtimekit" }], [200, { token: "t" }]);
    const refuses = () => {
      throw new DOMException("no", "SecurityError");
    };
    const door = new Door("c", refuses, fetcher);
    expect(await door.sit({ name: "Bo", agreed: null })).toEqual({ reason: "realtimekit", opens: undefined });
    expect(await door.sit({ name: "Bo", agreed: null })).toEqual({ value: { token: "t" } });
    expect(asked[0].body.seat).toBe(asked[1].body.seat);
  });

  it("sets the clock of the page", async () => {
    const now = Date.now() + 600_000;
    const { fetcher } = answering([200, { title: "Karate", now }]);
    const door = new Door("c", () => localStorage, fetcher);
    await door.show();
    expect(Math.abs(door.now - now)).toBeLessThan(2_000);
  });

  it.each([
    [[202, { state: "waiting" }], "waiting"],
    [[410, { error: "revoked" }], "revoked"],
    [[500, "<html>"], "later"],
    [[200, "<html>sign in to the network</html>"], "offline"],
    [[0], "offline"],
    [[400, {}], "later"],
    [[425, { error: "early", opens: NOW }], "early"],
  ])("%j gives the reason %s", async (answer, reason) => {
    const { fetcher } = answering(answer);
    expect((await new Door("c", () => localStorage, fetcher).sit({ name: "Bo", agreed: null })).reason).toBe(reason);
  });
});

describe("the page asks again by itself", () => {
  it("at the time at which the class opens, spread over some seconds", () => {
    expect(pauseAfter({ reason: "early", opens: NOW + 60_000 }, NOW, 0)).toBe(60_000);
    expect(pauseAfter({ reason: "early", opens: NOW + 60_000 }, NOW, 0.999)).toBeLessThan(65_000);
    expect(pauseAfter({ reason: "early", opens: NOW + 9e9 }, NOW, 0.5)).toBe(300_000);
    expect(pauseAfter({ reason: "early", opens: NOW - 1 }, NOW, 0)).toBe(5_000);
    expect(pauseAfter({ reason: "waiting" }, NOW, 0)).toBe(4_000);
  });

  it.each(["unknown", "revoked", "over", "full", "removed"])("never when it is %s", (reason) =>
    expect(pauseAfter({ reason }, NOW, 0)).toBeNull(),
  );
});

describe("the words", () => {
  it("say when the class opens", () => {
    expect(doorWords({ reason: "early", opens: NOW + 15 * 60_000 }, NOW).heading).toBe("The class opens at 19:15");
    expect(doorWords({ reason: "early", opens: NOW - 1_000 }, NOW).heading).toBe("The class has not been opened yet");
  });

  it("are there for a reason that nobody knows", () => {
    expect(doorWords({ reason: "constructor" }, NOW).heading).toBe("The class cannot be opened now");
  });
});
