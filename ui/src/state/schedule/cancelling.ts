import { api, asIpcError, type SessionDto } from "../../ipc/client";
import { dayAndClock } from "../../lib/format";
import { done, problem, undoable } from "../toasts";

/** Cancels a class, from wherever it is cancelled. It stays in the list of the schedule, marked, and can be put back at any time. */
export async function cancelWithUndo(session: SessionDto): Promise<void> {
  await api.sessionCancel(session.id);
  const kept = `${dayAndClock(session.start)}. It stays in the list of the schedule, marked as cancelled.`;
  undoable(
    `“${session.title}” is cancelled`,
    kept,
    () => void putBack(session).catch((thrown) => problem(asIpcError(thrown))),
  );
}

/** Puts a cancelled class back on the schedule. */
export async function putBack(session: SessionDto): Promise<void> {
  await api.sessionRestore(session.id);
  done(`“${session.title}” is back on the schedule`, dayAndClock(session.start));
}
