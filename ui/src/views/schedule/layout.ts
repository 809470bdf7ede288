/**
 * Places sessions in the grid of a week or a day: in the column of their day, at their time, and side by side where they overlap.
 *
 * A session past midnight becomes one block per day. Positions follow the wall clock of the viewer's zone; on the night when
 * the clocks go back, a block is at least as high as the session is long.
 */
import type { CalendarEntryDto, SessionDto } from "../../ipc/client";
import { MINUTES_PER_DAY, addDays, wallOf, type Day } from "./zones";

/** The part of a session on one day of the week. */
export type Block = {
  /** Unique within the week. */
  key: string;
  entry: CalendarEntryDto;
  session: SessionDto;
  day: Day;
  /** Where the block is drawn, in minutes since midnight. */
  top: number;
  bottom: number;
  /** Which of `lanes` equal columns within the day the block is in, from 0. */
  lane: number;
  lanes: number;
  /** Whether the session began on an earlier day, and whether it continues on a later one. */
  fromBefore: boolean;
  goesOn: boolean;
};

/** The least height of a block, so that its title can be read. */
export const MIN_BLOCK_MINUTES = 28;

/** The blocks of each day by time. */
export function placeWeek(entries: readonly CalendarEntryDto[], days: readonly Day[]): Block[][] {
  const blocks = entries.flatMap(cut);
  return days.map((day) => intoLanes(blocks.filter((block) => block.day === day)));
}

function cut(entry: CalendarEntryDto): Block[] {
  const { session } = entry;
  const start = wallOf(entry.start_local);
  const end = wallOf(entry.end_local);
  const lasts = session.duration_minutes;
  const blocks: Block[] = [];
  for (let day = start.day; day <= end.day; day = addDays(day, 1)) {
    const fromBefore = day !== start.day;
    const goesOn = day !== end.day;
    if (fromBefore && !goesOn && end.minutes === 0) break;
    const top = fromBefore ? 0 : start.minutes;
    let bottom = goesOn ? MINUTES_PER_DAY : end.minutes;
    if (!fromBefore && !goesOn) bottom = Math.max(bottom, top + lasts);
    blocks.push({
      key: `${session.id}/${day}`,
      entry,
      session,
      day,
      ...withinDay(top, bottom),
      lane: 0,
      lanes: 1,
      fromBefore,
      goesOn: goesOn && !(end.minutes === 0 && addDays(day, 1) === end.day),
    });
  }
  return blocks;
}

function withinDay(top: number, bottom: number): { top: number; bottom: number } {
  const end = Math.min(MINUTES_PER_DAY, Math.max(bottom, top + MIN_BLOCK_MINUTES));
  return { top: Math.min(top, end - MIN_BLOCK_MINUTES), bottom: end };
}

/** Gives each block the first free lane. Blocks that overlap, directly or through others, have the same width. */
function intoLanes(blocks: Block[]): Block[] {
  const sorted = [...blocks].sort((a, b) => a.top - b.top || b.bottom - a.bottom || a.key.localeCompare(b.key));
  let cluster: Block[] = [];
  let laneEnds: number[] = [];
  const close = () => {
    for (const block of cluster) block.lanes = laneEnds.length;
    cluster = [];
    laneEnds = [];
  };
  for (const block of sorted) {
    if (laneEnds.every((end) => end <= block.top)) close();
    const free = laneEnds.findIndex((end) => end <= block.top);
    block.lane = free === -1 ? laneEnds.length : free;
    laneEnds[block.lane] = block.bottom;
    cluster.push(block);
  }
  close();
  return sorted;
}

/** The block that an arrow key leads to, or null at the edge of the week. */
export function neighbour(
  week: readonly Block[][],
  key: string,
  arrow: "up" | "down" | "left" | "right",
): Block | null {
  const column = week.findIndex((blocks) => blocks.some((block) => block.key === key));
  const blocks = week[column];
  if (!blocks) return null;
  const index = blocks.findIndex((block) => block.key === key);
  const here = blocks[index];
  if (!here) return null;
  if (arrow === "up") return blocks[index - 1] ?? null;
  if (arrow === "down") return blocks[index + 1] ?? null;
  const step = arrow === "left" ? -1 : 1;
  for (let other = column + step; other >= 0 && other < week.length; other += step) {
    const candidates = week[other] ?? [];
    const nearest = candidates.reduce<Block | null>(
      (best, block) => (best && Math.abs(best.top - here.top) <= Math.abs(block.top - here.top) ? best : block),
      null,
    );
    if (nearest) return nearest;
  }
  return null;
}

/** The time of day, in minutes, to which the week is scrolled at first. */
export function openingMinutes(week: readonly Block[][], nowMinutes: number | null): number {
  const blocks = week.flat().filter((block) => !block.fromBefore);
  const live = blocks.filter(({ session }) => session.status === "live" || session.status === "starting");
  // A session at night counts only while it is live, or where the week has no others.
  const byDay = blocks.filter((block) => block.top >= 5 * 60);
  const starts = [...live, ...(byDay.length > 0 ? byDay : blocks)].map((block) => block.top - 30);
  const first = starts.length > 0 ? Math.max(0, Math.min(...starts)) : 8 * 60;
  return nowMinutes !== null && nowMinutes >= 6 * 60 ? Math.min(first, nowMinutes - 60) : first;
}
