// What the charts of Health and Storage draw: places in percent of the chart, from the left and from the top, and the same figures as a table.
import type { DetectionDto, StorageDto, SuccessDto, WatchableDto } from "../../ipc/client";
import { count, dayAndClock, dayOfMonth, monthOf, percent, plural, took } from "../../lib/format";

type Spot = readonly [x: number, y: number];

/** Something that the arrow keys reach, and what Enter opens. */
export type Point = { x: number; y: number; words: string; bad: boolean; open: () => void };

/** Where a label stands from its place: after it, before it or across it, and above or below it. */
export type Label = {
  x: number;
  y: number;
  text: string;
  align: "start" | "middle" | "end";
  below: boolean;
  bad?: boolean;
};

export type Chart = {
  /** The name of the table. */
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  lines?: readonly { spots: readonly Spot[]; kind: "known" | "guess" | "bad guess" | "goal" | "limit" }[];
  area?: readonly Spot[];
  bars?: readonly { x: number; y: number; width: number; height: number; bad: boolean }[];
  /** Where this desk did not run, from the left edge and how wide. */
  off?: readonly { x: number; width: number }[];
  points?: readonly Point[];
  /** Which points are seen without the focus; without it, none. */
  dots?: "all" | "missed";
  labels: readonly Label[];
};

const BELOW = 100;
/** The most weeks that have a dot each; of more, only those that miss the goal have one. */
const DOTS_MAX = 20;
const goalLine = (y: number): Chart["lines"] => [{ spots: [[0, y], [100, y]], kind: "goal" }]; // prettier-ignore

/** The places of labels below a row of things: the first, the last, and two between them where there is room. */
function spread(length: number): number[] {
  const few =
    length < 7 ? [0, length - 1] : [0, Math.round((length - 1) / 3), Math.round(((length - 1) * 2) / 3), length - 1];
  return length === 0 ? [] : [...new Set(few)];
}

const alignOf = (index: number, length: number): Label["align"] =>
  length > 1 && index === 0 ? "start" : length > 1 && index === length - 1 ? "end" : "middle";

/** How many of the recordings of each week became a video. A week without a class is a gap, and hatched if this desk was off. */
export function weeksChart({ weeks, goal }: Pick<SuccessDto, "weeks" | "goal">, open: () => void): Chart {
  const shares = weeks.flatMap(({ share }) => (share === null ? [] : [share]));
  const low = Math.max(0, Math.min(goal, ...shares) - 0.03);
  const step = 94 / Math.max(1, weeks.length - 1);
  const x = (index: number) => (weeks.length === 1 ? 50 : 3 + index * step);
  const y = (share: number) => 6 + ((1 - share) / (1 - low || 1)) * 88;
  const words = ({ share, succeeded, total, desk_off }: SuccessDto["weeks"][number]) =>
    share === null
      ? `no class${desk_off ? ", desk off" : ""}`
      : `${percent(share)}, ${count(succeeded)} of ${count(total)}`;

  const runs: Spot[][] = [[]];
  weeks.forEach(({ share }, index) => {
    if (share === null) runs.push([]);
    else runs.at(-1)!.push([x(index), y(share)]);
  });
  const off = weeks.flatMap((week, index) =>
    week.desk_off && week.share === null ? [{ x: Math.max(0, x(index) - step / 2), width: Math.min(step, 100) }] : [],
  );
  const labels: Label[] = spread(weeks.length).map((index) => ({
    x: x(index),
    y: BELOW,
    text: dayOfMonth(weeks[index]!.start),
    align: alignOf(index, weeks.length),
    below: true,
  }));
  labels.push({ x: 0, y: y(goal), text: `goal ${percent(goal)}`, align: "start", below: true });
  const hatched = off[0];
  if (hatched) labels.push({ x: hatched.x + hatched.width / 2, y: 40, text: "desk off", align: "middle", below: true });
  return {
    caption: "Recordings that became a video, per week",
    columns: ["Week of", "Became a video"],
    rows: weeks.map((week) => [dayOfMonth(week.start), words(week)]),
    lines: [...(goalLine(y(goal)) ?? []), ...runs.map((spots) => ({ spots, kind: "known" as const }))],
    off,
    points: weeks.flatMap((week, index) =>
      week.share === null
        ? []
        : [
            {
              x: x(index),
              y: y(week.share),
              words: `Week of ${dayOfMonth(week.start)}: ${words(week)}`,
              bad: week.share < goal,
              open,
            },
          ],
    ),
    dots: weeks.length > DOTS_MAX ? "missed" : "all",
    labels,
  };
}

/** How many recordings could be watched after how many minutes. */
export function minutesChart(
  { bins, goal, count: all }: Pick<WatchableDto, "bins" | "goal" | "count">,
  open: () => void,
): Chart {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const step = 100 / Math.max(1, bins.length);
  const span = ({ from_minutes, to_minutes }: WatchableDto["bins"][number]) =>
    to_minutes === null
      ? `${from_minutes} or more`
      : to_minutes === from_minutes + 1
        ? `${from_minutes}`
        : `${from_minutes} to ${to_minutes}`;
  const bars = bins.map((bin, index) => {
    const height = (bin.count / most) * 92;
    const bad = bin.from_minutes * 60 >= goal;
    return { x: index * step + step * 0.1, y: 100 - height, width: step * 0.8, height, bad };
  });
  const past = bins.findIndex((bin) => bin.from_minutes * 60 >= goal);
  const goalAt = past < 0 ? 100 : past * step;
  const every = Math.max(1, Math.ceil(bins.length / 6));
  const labels: Label[] = bins
    .map((bin, index) => ({ bin, index }))
    .filter(({ index }) => index % every === 0)
    .map(({ bin, index }) => ({
      x: index * step,
      y: BELOW,
      text: index === 0 ? `${bin.from_minutes} min` : `${bin.from_minutes}`,
      align: "start",
      below: true,
    }));
  labels.push({
    x: goalAt > 60 ? goalAt - 1 : goalAt + 1,
    y: 0,
    text: `goal ${took(goal)}`,
    align: goalAt > 60 ? "end" : "start",
    below: true,
  });
  return {
    caption: `Minutes until a recording could be watched, ${plural(all, "recording", "recordings")}`,
    columns: ["Minutes", "Recordings"],
    rows: bins.map((bin) => [span(bin), count(bin.count)]),
    bars,
    lines: [{ spots: [[goalAt, 0], [goalAt, 100]], kind: "goal" }], // prettier-ignore
    points: bars.map((bar, index) => ({
      x: bar.x + bar.width / 2,
      y: bar.y,
      words: `${span(bins[index]!)} min: ${plural(bins[index]!.count, "recording", "recordings")}`,
      bad: bar.bad,
      open,
    })),
    labels,
  };
}

/** How long each of the last recordings was ready before it was noticed. What took much longer than the goal is drawn at the top. */
export function noticedChart(
  { latest, goal, p95 }: Pick<DetectionDto, "latest" | "goal" | "p95">,
  open: (recording: string) => void,
): Chart {
  const top = Math.min(Math.max(goal * 1.25, ...latest.map(({ seconds }) => seconds * 1.1)), goal * 4);
  const y = (seconds: number) => 100 - (Math.min(Math.max(0, seconds), top) / top) * 94;
  const x = (index: number) => (latest.length === 1 ? 50 : 2 + (index * 96) / (latest.length - 1));
  const labels: Label[] = spread(latest.length)
    .filter((index) => index === 0 || index === latest.length - 1)
    .map((index) => ({
      x: x(index),
      y: BELOW,
      text: dayOfMonth(latest[index]!.at),
      align: alignOf(index, latest.length),
      below: true,
    }));
  labels.push({ x: 0, y: y(goal), text: `goal ${took(goal)}`, align: "start", below: false });
  if (p95 !== null && p95 < goal * 0.9 && p95 > goal * 0.2)
    labels.push({ x: 100, y: y(p95), text: "19 of 20 are below this line", align: "end", below: false });
  return {
    caption: `Seconds until a ready recording was noticed, last ${latest.length}`,
    columns: ["Recording", "When", "Noticed after"],
    rows: latest.map((one) => [one.title, dayAndClock(one.at), took(one.seconds)]),
    lines: [
      ...(goalLine(y(goal)) ?? []),
      ...(p95 === null ? [] : [{ spots: [[0, y(p95)], [100, y(p95)]] as const, kind: "limit" as const }]), // prettier-ignore
    ],
    points: latest.map((one, index) => ({
      x: x(index),
      y: y(one.seconds),
      words: `${one.title}, ${dayAndClock(one.at)}: ${took(one.seconds)}`,
      bad: one.seconds > goal,
      open: () => open(one.recording),
    })),
    dots: "all",
    labels,
  };
}

/** The minutes in use, and how they grow with the rules for deleting and without them. */
export function storageChart({ history, goal, full_on }: Pick<StorageDto, "history" | "goal" | "full_on">): Chart {
  const known = history.filter((day) => !day.forecast);
  const guessed = history.filter((day) => day.forecast);
  const limit = history.at(-1)?.limit ?? 0;
  const first = Date.parse(history[0]?.date ?? "");
  const days = Math.max(1, Date.parse(history.at(-1)?.date ?? "") - first);
  const top = Math.max(1, limit, ...history.map((day) => Math.max(day.used, day.with_rules ?? 0))) * 1.15;
  const x = (date: string) => ((Date.parse(date) - first) / days) * 100;
  const y = (minutes: number) => 100 - (minutes / top) * 96;
  const now = known.at(-1);
  const used = known.map((day): Spot => [x(day.date), y(day.used)]);
  const begin: Spot[] = now ? [[x(now.date), y(now.used)]] : [];
  const ruled = guessed.filter((day) => day.with_rules !== null);
  const labels: Label[] = [];
  if (history.length > 0) {
    labels.push({ x: 0, y: BELOW, text: monthOf(history[0]!.date), align: "start", below: true });
    if (now && guessed.length > 0)
      labels.push({ x: x(now.date), y: BELOW, text: "today", align: "middle", below: true });
    if (guessed.length > 0)
      labels.push({ x: 100, y: BELOW, text: monthOf(history.at(-1)!.date), align: "end", below: true });
    labels.push({ x: 0, y: y(limit), text: `full, ${count(limit)} min`, align: "start", below: false });
    // On the side of the line where nothing is drawn.
    const below = (used[0]?.[1] ?? 100) < y(limit * goal);
    labels.push({ x: 0, y: y(limit * goal), text: `goal: below ${percent(goal)}`, align: "start", below });
    if (full_on && (now?.used ?? 0) < limit)
      labels.push({
        x: 100,
        y: y(limit),
        text: `full about ${dayOfMonth(full_on)}`,
        align: "end",
        below: false,
        bad: true,
      });
    if (ruled.length > 0)
      labels.push({ x: 100, y: y(ruled.at(-1)!.with_rules!), text: "with your rules", align: "end", below: true });
  }
  // The last day of each month: a row for each day would be read for minutes.
  const ends = history.filter(
    (day, index) => day.date.slice(0, 7) !== history[index + 1]?.date.slice(0, 7) || day === now,
  );
  const share = (minutes: number, of: number) => (of > 0 ? percent(minutes / of) : `${count(minutes)} min`);
  return {
    caption: "Share of the storage in use",
    columns: ["Month", "Used", "With your rules"],
    rows: ends.map((day) => [
      `${monthOf(day.date)}${day === now ? ", today" : day.forecast ? ", expected" : ""}`,
      share(day.used, day.limit),
      day.with_rules === null ? "–" : share(day.with_rules, day.limit),
    ]),
    area: used.length > 0 ? [[used[0]![0], 100], ...used, [used.at(-1)![0], 100]] : [],
    lines: [
      { spots: [[0, y(limit)], [100, y(limit)]], kind: "limit" }, // prettier-ignore
      ...(goalLine(y(limit * goal)) ?? []),
      { spots: used, kind: "known" },
      {
        spots: [...begin, ...guessed.map((day): Spot => [x(day.date), y(day.used)])],
        kind: full_on ? "bad guess" : "guess",
      },
      {
        spots: ruled.length > 0 ? [...begin, ...ruled.map((day): Spot => [x(day.date), y(day.with_rules!)])] : [],
        kind: "guess",
      },
    ],
    labels,
  };
}
