import { api, asUserError, type SessionDto } from "../../ipc/client";
import { done, problem, undoable } from "../toasts";

/** Undoes a change of the schedule, and says so. */
export async function undoChange(change: string, what: string): Promise<void> {
  try {
    await api.changeUndo(change);
    done(`${what}: undone`);
  } catch (thrown) {
    problem(asUserError(thrown));
  }
}

/** Reports a change of a session that was just made, and offers to undo it. Returns the change, or null where it cannot be undone. */
export async function changedWithUndo(
  session: SessionDto,
  message: string,
  description: string,
): Promise<string | null> {
  const [newest] = await api.sessionChanges(session.id, 1);
  // A change that put the class on the schedule has nothing before it that could be restored.
  if (!newest || newest.creation) {
    done(message, description);
    return null;
  }
  undoable(message, description, () => void undoChange(newest.id, `“${session.title}”`));
  return newest.id;
}
