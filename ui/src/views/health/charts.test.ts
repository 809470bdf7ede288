import { describe, expect, it, vi } from "vitest";
import type { StorageDto, SuccessDto } from "../../ipc/client";
import { minutesChart, noticedChart, storageChart, weeksChart } from "./charts";

type Week = SuccessDto["weeks"][number];
const week = (start: string, succeeded: number, total: number, desk_off = false): Week => ({
  start,
  succeeded,
  total,
  share: total > 0 ? succeeded / total : null,
  desk_off,
});
const nothing = () => {};

describe("the weeks", () => {
  const chart = weeksChart(
    {
      goal: 0.95,
      weeks: [
        week("2026-09-14", 35, 36),
        week("2026-09-21", 0, 0),
        week("2026-09-28", 0, 0, true),
        week("2026-10-05", 18, 20),
      ],
    },
    nothing,
  );

  it("tell a week without a class from one in which the desk was off, and call neither zero", () => {
    expect(chart.rows).toEqual([
      ["14 Sept", "97.2 %, 35 of 36"],
      ["21 Sept", "no class"],
      ["28 Sept", "no class, desk off"],
      ["5 Oct", "90 %, 18 of 20"],
    ]);
    expect(chart.off).toHaveLength(1);
    // The line is broken at both.
    expect(chart.lines?.filter(({ kind, spots }) => kind === "known" && spots.length > 0)).toHaveLength(2);
  });

  it("mark only what is below the goal, and draw it lower", () => {
    expect(chart.points?.map(({ bad }) => bad)).toEqual([false, true]);
    const [first, last] = chart.points ?? [];
    expect(last!.y).toBeGreaterThan(first!.y);
  });

  it("stay within the picture, also for one week and for none", () => {
    const one = weeksChart({ goal: 0.95, weeks: [week("2026-09-14", 0, 4)] }, nothing);
    expect(one.points).toMatchObject([{ x: 50, bad: true }]);
    for (const { y } of one.points ?? []) expect(y).toBeLessThanOrEqual(100);
    expect(weeksChart({ goal: 0.95, weeks: [] }, nothing)).toMatchObject({ rows: [], points: [] });
  });

  it("keep a share that is just below the goal apart from the goal", () => {
    const near = weeksChart({ goal: 0.95, weeks: [week("2026-09-14", 9499, 10_000)] }, nothing);
    expect(near.rows[0]?.[1]).toBe("94.9 %, 9,499 of 10,000");
  });
});

it("the minutes have a bar for each row of the table, and mark those from the goal on", () => {
  const chart = minutesChart(
    {
      count: 7,
      goal: 600,
      bins: [
        { from_minutes: 9, to_minutes: 10, count: 6 },
        { from_minutes: 10, to_minutes: 12, count: 0 },
        { from_minutes: 12, to_minutes: null, count: 1 },
      ],
    },
    nothing,
  );
  expect(chart.rows).toEqual([
    ["9", "6"],
    ["10 to 12", "0"],
    ["12 or more", "1"],
  ]);
  expect(chart.bars?.map(({ height, bad }) => [Math.round(height), bad])).toEqual([
    [92, false],
    [0, true],
    [15, true],
  ]);
});

it("a recording that was noticed hours later is drawn at the top, and its words are true", () => {
  const open = vi.fn();
  const chart = noticedChart(
    {
      goal: 5,
      p95: 3,
      latest: [
        { recording: "a", title: "Judo", at: "2026-11-22T10:00:00Z", seconds: 2.25 },
        { recording: "b", title: "Aikido", at: "2026-11-22T12:00:00Z", seconds: 7260 },
      ],
    },
    open,
  );
  expect(chart.points?.map(({ bad }) => bad)).toEqual([false, true]);
  expect(chart.points?.[1]?.words).toMatch(/^Aikido, .*: 2 h 1 min$/);
  expect(chart.points?.[1]?.y).toBeGreaterThanOrEqual(0);
  expect(chart.points?.[0]?.y).toBeLessThan(100);
  chart.points?.[1]?.open();
  expect(open).toHaveBeenCalledWith("b");
});

describe("the storage", () => {
  const day = (date: string, used: number, forecast = false, with_rules: number | null = null) => ({
    date,
    used,
    limit: 1000,
    forecast,
    with_rules,
  });
  const history: StorageDto["history"] = [
    day("2026-10-01", 500),
    day("2026-10-31", 700),
    day("2026-11-10", 800),
    day("2026-11-30", 900, true, 780),
    day("2026-12-31", 1000, true, 790),
  ];

  it("has one row for each month, today and what is expected told apart", () => {
    expect(storageChart({ history, goal: 0.8, full_on: "2026-12-31" }).rows).toEqual([
      ["October 2026", "70 %", "–"],
      ["November 2026, today", "80 %", "–"],
      ["November 2026, expected", "90 %", "78 %"],
      ["December 2026, expected", "100 %", "79 %"],
    ]);
  });

  it("begins the forecast where the known line ends", () => {
    const { lines } = storageChart({ history, goal: 0.8, full_on: "2026-12-31" });
    const known = lines?.find(({ kind }) => kind === "known");
    expect(lines?.find(({ kind }) => kind === "bad guess")?.spots[0]).toEqual(known?.spots.at(-1));
  });

  it("draws nothing of an empty history, and no number that is none", () => {
    const chart = storageChart({ history: [], goal: 0.8, full_on: null });
    expect(JSON.stringify(chart)).not.toMatch(/null|NaN/);
    expect(chart.rows).toEqual([]);
  });
});
