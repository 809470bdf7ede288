import { api, asUserError, type SessionDto } from "../../ipc/client";
import { done, problem, undoable } from "../toasts";

/** A change of the schedule that was made in this window and can be undone. */
type Offer = { what: string; undo: () => Promise<void>; withdraw: () => void };

/** The most offers that are remembered. */
const OFFERS_MAX = 100;
/** What can be undone, the newest last: by the button of its toast, or one after the other by Ctrl+Z. */
let offers: Offer[] = [];

/** Reports a change of the schedule and offers to undo it. `undo` says by itself that it succeeded. */
export function offerUndo(message: string, description: string, what: string, undo: () => Promise<void>): void {
  const offer: Offer = { what, undo, withdraw: undoable(message, description, () => void take(offer)) };
  offers = [...offers, offer].slice(-OFFERS_MAX);
}

/** Reports a change that the journal has, and offers to undo it. */
export function offerUndoOf(change: string, what: string, message: string, description: string): void {
  offerUndo(message, description, what, async () => {
    await api.changeUndo(change);
    done(`${what}: undone`);
  });
}

/** Undoes the newest change. Returns what was undone, “nothing” where there is none, or null where it was refused. */
export async function undoNewest(): Promise<{ what: string } | "nothing" | null> {
  const newest = offers.at(-1);
  if (!newest) return "nothing";
  return (await take(newest)) ? { what: newest.what } : null;
}

async function take(offer: Offer): Promise<boolean> {
  offers = offers.filter((other) => other !== offer);
  offer.withdraw();
  try {
    await offer.undo();
    return true;
  } catch (thrown) {
    problem(asUserError(thrown));
    return false;
  }
}

/** Reports a change of a session that was just made, and offers to undo it where that is possible. */
export async function changedWithUndo(session: SessionDto, message: string, description: string): Promise<void> {
  const [newest] = await api.sessionChanges(session.id, 1);
  // A change that put the class on the schedule has nothing before it that could be restored.
  if (!newest || newest.creation) done(message, description);
  else offerUndoOf(newest.id, `“${session.title}”`, message, description);
}
