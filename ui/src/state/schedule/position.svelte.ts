import { pageState } from "../page";

/** Which week the schedule shows, and how. It is kept while other views are on show. */
export class SchedulePosition {
  /** The first day of the week, `YYYY-MM-DD`; null for the present week. */
  firstDay = $state<string | null>(null);
  shape = $state<"week" | "list">("week");
}

export const schedulePosition = pageState("schedule position", () => new SchedulePosition());
