import { api, type SessionDto } from "../../ipc/client";
import { dayAndClock } from "../../lib/format";
import { done } from "../toasts";
import { offerUndo } from "./undo";

/** Cancels a session and offers to undo it. It stays in the list of the schedule, marked, and can be restored at any time. */
export async function cancelWithUndo(session: SessionDto): Promise<void> {
  await api.sessionCancel(session.id);
  offerUndo(
    `“${session.title}” is cancelled`,
    `${dayAndClock(session.start)}. It stays in the list of the schedule, marked as cancelled.`,
    `“${session.title}”`,
    () => restoreSession(session),
  );
}

/** Puts a cancelled session back on the schedule. */
export async function restoreSession(session: SessionDto): Promise<void> {
  await api.sessionRestore(session.id);
  done(`“${session.title}” is back on the schedule`, dayAndClock(session.start));
}
