import { pageState } from "../page";

export type Shape = "month" | "week" | "day" | "agenda";

const SHAPES: readonly string[] = ["month", "week", "day", "agenda"] satisfies Shape[];
const STORED = "schedule shape";

/** Which days the schedule shows, and how. It is kept while other views are on show; the shape is kept for the next start too. */
export class SchedulePosition {
  /** A day of the days on show, `YYYY-MM-DD`; null for today. */
  day = $state<string | null>(null);
  /** The instructor whose classes are shown; null for everyone. */
  instructor = $state<string | null>(null);
  /** How many weeks the agenda lists. */
  agendaWeeks = $state(4);
  #shape = $state<Shape>(storedShape());

  get shape(): Shape {
    return this.#shape;
  }

  set shape(next: Shape) {
    this.#shape = next;
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // Without storage, the next start shows the week.
    }
  }
}

function storedShape(): Shape {
  try {
    const stored = localStorage.getItem(STORED);
    return stored !== null && SHAPES.includes(stored) ? (stored as Shape) : "week";
  } catch {
    return "week";
  }
}

export const schedulePosition = pageState("schedule position", () => new SchedulePosition());
