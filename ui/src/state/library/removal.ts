import { api, asUserError, type RecordingDto } from "../../ipc/client";
import { countRecordings } from "../../lib/format";
import { done, problem, undoable } from "../toasts";

type Removed = Pick<RecordingDto, "id" | "title">;

/** The title of the only recording, or how many there are. */
function titleOrCount(recordings: readonly Pick<RecordingDto, "title">[]): string {
  const [only, ...others] = recordings;
  return only && others.length === 0 ? only.title : countRecordings(recordings.length);
}

/** Takes recordings off the list and offers to undo it. Rejects if the core refuses. */
export async function removeFromList(ids: string[]): Promise<void> {
  const removed = await api.recordingsRemove(ids);
  if (removed.length > 0) undoable("Taken off the list", titleOrCount(removed), () => void restoreToList(removed));
}

/** Puts removed recordings back on the list, and reports success or failure as a toast. */
export async function restoreToList(removed: readonly Removed[]): Promise<void> {
  try {
    await api.recordingsRestore(removed.map(({ id }) => id));
    done("Back on the list", titleOrCount(removed));
  } catch (thrown) {
    problem(asUserError(thrown));
  }
}
