import { getContext, setContext } from "svelte";
import { Starting } from "./starting.svelte";

/** What the schedule keeps for as long as the window is open, while its views come and go. */
export class ScheduleState {
  readonly starting = new Starting();
  /** The first day of the week on show, `YYYY-MM-DD`; null for the week of today. */
  firstDay = $state<string | null>(null);
  shape = $state<"week" | "list">("week");
}

const KEY = Symbol("schedule");

/** The context in which components find this state; for tests, which have no App around a view. */
export const scheduleContext = (state = new ScheduleState()): Map<symbol, ScheduleState> => new Map([[KEY, state]]);

/** Gives the components below the calling one their schedule state. */
export const provideSchedule = (): ScheduleState => setContext(KEY, new ScheduleState());

/** The schedule state of the window. Only while a component is set up. */
export function useSchedule(): ScheduleState {
  const state = getContext<ScheduleState | undefined>(KEY);
  if (!state) throw new Error("No component above this one called provideSchedule().");
  return state;
}
