// The words for dates of a series and for what a change of it does.
import type { ChangedSessionDto, SeriesChangesDto } from "../../ipc/client";
import { countClasses, plural } from "../../lib/format";
import { shownDay, shownTime } from "../../lib/typed-dates";

/** A wall-clock time such as `2026-12-01T18:30`, as "Tue 1 Dec 2026, 18:30". It belongs to no zone of this computer. */
export function shownLocal(local: string): string {
  const [day = "", time = ""] = local.split("T");
  const [hours = "0", minutes = "0"] = time.split(":");
  return `${shownDay(day)}, ${shownTime(Number(hours) * 60 + Number(minutes))}`;
}

/** What a change does, in one sentence. */
export function changeSummary({ sessions, left_out, later_from, kept }: SeriesChangesDto): string {
  const gone = sessions.filter(({ before, after }) => after.cancelled && !before?.cancelled).length;
  const made = sessions.filter(({ before }) => before === null).length;
  const changed = sessions.length - gone - made;
  const parts = [
    changed > 0 && `changes ${countClasses(changed)}`,
    gone > 0 && `cancels ${countClasses(gone)}`,
    made > 0 && `adds ${countClasses(made)}`,
    left_out.length > 0 && `leaves out ${plural(left_out.length, "later class", "later classes")}`,
    later_from !== null && "and goes on for every later one",
  ].filter((part) => part !== false);
  if (parts.length === 0) return "Nothing changes.";
  const moved = kept.filter(({ why }) => why === "moved");
  const stays =
    moved.length === 0
      ? ""
      : ` ${moved.map(({ local }) => shownLocal(local)).join(" and ")} ${moved.length === 1 ? "was" : "were"} moved by hand and ${moved.length === 1 ? "keeps its" : "keep their"} time.`;
  const said = parts.join(", ").replace(", and", " and");
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.${stays}`;
}

/** What becomes of one class, as a line of a list. */
export function changeLine({ before, after }: ChangedSessionDto): string {
  const is = shownLocal(after.local);
  if (before === null) return `${is}: new`;
  const was = shownLocal(before.local);
  if (after.cancelled && !before.cancelled) return `${was}: cancelled`;
  const moved = before.local !== after.local || before.timezone !== after.timezone;
  const zone = before.timezone === after.timezone ? "" : ` (${after.timezone})`;
  if (moved) return `${was} → ${is}${zone}`;
  return before.title === after.title ? is : `${is}: “${after.title}”`;
}
