import { SvelteSet } from "svelte/reactivity";
import type { SessionDto } from "../../ipc/client";

/** The planned ends after which somebody said that the class goes on. Kept while the window is open, also when another view is shown. */
const answered = new SvelteSet<string>();

const key = (session: SessionDto): string => `${session.id} ${session.end}`;

/** Whether the planned end of a live session has passed and nobody has answered yet what follows. It is asked once for each planned end. */
export function asksWhatFollows(session: SessionDto, now: Date): boolean {
  return session.status === "live" && Date.parse(session.end) <= now.getTime() && !answered.has(key(session));
}

/** The class goes on without a new planned end. */
export function goesOn(session: SessionDto): void {
  answered.add(key(session));
}
