import { describe, expect, it } from "vitest";
import { neighbour, openingMinutes, placeWeek, type Block } from "./layout";
import type { SessionDto } from "../../ipc/client";
import { entry, session } from "../../test/schedule";
import { weekFrom, type Day } from "./zones";

const ZONE = "Europe/Berlin";
const days = weekFrom("2026-11-23");
const place = (sessions: readonly SessionDto[], on: readonly Day[]) =>
  placeWeek(
    sessions.map((one) => entry(one, ZONE)),
    on,
  );
const at = (time: string, minutes = 60, title = time, day = "2026-11-23") =>
  session({ title, start: `${day}T${time}:00+01:00`, duration_minutes: minutes });
const lanes = (blocks: Block[] | undefined) =>
  blocks?.map((block) => `${block.session.title} ${block.lane}/${block.lanes}`);
const extent = (block: Block | undefined) => block && [block.top, block.bottom];

describe("lanes", () => {
  it("gives a lone session the whole width, also right after another one", () => {
    const [monday] = place([at("19:00"), at("18:00")], days);
    expect(lanes(monday)).toEqual(["18:00 0/1", "19:00 0/1"]);
  });

  it("puts overlapping sessions side by side and uses a lane again once it is free", () => {
    const [monday] = place([at("18:00", 120, "a"), at("18:30", 30, "b"), at("19:00", 60, "c")], days);
    expect(lanes(monday)).toEqual(["a 0/2", "b 1/2", "c 1/2"]);
  });

  it("gives the same width to two sessions that both overlap a third one", () => {
    const [monday] = place(
      [at("18:00", 60, "a"), at("18:30", 60, "b"), at("18:45", 30, "c"), at("19:10", 60, "d"), at("21:00", 60, "e")],
      days,
    );
    expect(lanes(monday)).toEqual(["a 0/3", "b 1/3", "c 2/3", "d 0/3", "e 0/1"]);
  });

  it("never draws two short sessions over each other", () => {
    const [monday] = place([at("18:00", 1, "a"), at("18:05", 1, "b")], days);
    expect(lanes(monday)).toEqual(["a 0/2", "b 1/2"]);
  });

  it("shows cancelled sessions too", () => {
    const [monday] = place([{ ...at("18:00"), status: "cancelled" }, at("18:10")], days);
    expect(lanes(monday)).toEqual(["18:00 0/2", "18:10 1/2"]);
  });
});

describe("days", () => {
  it("cuts a session at midnight", () => {
    const [monday, tuesday] = place([at("23:00", 120)], days);
    expect(extent(monday?.[0])).toEqual([23 * 60, 24 * 60]);
    expect(monday?.[0]).toMatchObject({ fromBefore: false, goesOn: true });
    expect(extent(tuesday?.[0])).toEqual([0, 60]);
    expect(tuesday?.[0]).toMatchObject({ fromBefore: true, goesOn: false });
  });

  it("does not carry a session that ends at midnight into the next day", () => {
    const [monday, tuesday] = place([at("23:00", 60)], days);
    expect(monday?.[0]).toMatchObject({ top: 1380, bottom: 1440, goesOn: false });
    expect(tuesday).toEqual([]);
  });

  it("shows the end of a session that began the evening before the week", () => {
    const [monday] = place([at("23:00", 180, "night", "2026-11-22")], days);
    expect(extent(monday?.[0])).toEqual([0, 120]);
  });

  it("keeps a session at the end of the day within it", () => {
    const [monday] = place([at("23:55", 5)], days);
    expect(monday?.[0]?.bottom).toBe(1440);
    expect(monday?.[0]?.top).toBeLessThan(1435);
  });
});

describe("the weeks in which the clocks change", () => {
  const spring = weekFrom("2026-03-23");
  const autumn = weekFrom("2026-10-19");
  const on = (start: string, minutes: number) => session({ start, duration_minutes: minutes });

  it("keep evening sessions at their hour on both sides of the change", () => {
    const week = place([on("2026-03-28T18:00:00Z", 60), on("2026-03-29T17:00:00Z", 60)], spring);
    expect(extent(week[5]?.[0])).toEqual([19 * 60, 20 * 60]);
    expect(extent(week[6]?.[0])).toEqual([19 * 60, 20 * 60]);
  });

  it("draw a session across the skipped hour until the time that clocks show at its end", () => {
    const week = place([on("2026-03-29T00:30:00Z", 60)], spring);
    expect(extent(week[6]?.[0])).toEqual([90, 210]);
  });

  it("draw a session across the repeated hour as long as it lasts", () => {
    const week = place([on("2026-10-25T00:30:00Z", 60)], autumn);
    expect(extent(week[6]?.[0])).toEqual([150, 210]);
  });
});

describe("arrow keys", () => {
  const week = place(
    [at("10:00", 60, "mon early"), at("18:00", 60, "mon late"), at("17:00", 60, "wed", "2026-11-25")],
    days,
  );
  const key = (title: string) => week.flat().find((block) => block.session.title === title)?.key ?? "";
  const from = (title: string, arrow: "up" | "down" | "left" | "right") =>
    neighbour(week, key(title), arrow)?.session.title ?? null;

  it("go up and down within the day", () => {
    expect(from("mon early", "down")).toBe("mon late");
    expect(from("mon late", "up")).toBe("mon early");
    expect(from("mon late", "down")).toBeNull();
  });

  it("go sideways across empty days to the session nearest in time", () => {
    expect(from("mon early", "right")).toBe("wed");
    expect(from("wed", "left")).toBe("mon late");
    expect(from("wed", "right")).toBeNull();
  });
});

describe("where the week opens", () => {
  it("is in the morning of an empty week, else before the first session", () => {
    expect(openingMinutes([], null)).toBe(8 * 60);
    expect(openingMinutes(place([at("18:00")], days), null)).toBe(17.5 * 60);
    expect(openingMinutes(place([at("02:00"), at("18:00")], days), null)).toBe(17.5 * 60);
  });

  it("is at night when all sessions are at night", () => {
    expect(openingMinutes(place([at("02:00")], days), 38)).toBe(90);
  });

  it("is at a live session, even at night", () => {
    const week = place([{ ...at("02:00"), status: "live" }, at("18:00")], days);
    expect(openingMinutes(week, 2 * 60)).toBe(90);
  });

  it("shows the present time", () => {
    expect(openingMinutes(place([at("18:00")], days), 10 * 60)).toBe(9 * 60);
  });
});
