import { api, asIpcError, type RecordingDto } from "../../ipc/client";
import { done, problem, undoable } from "../toasts";
import { recordings } from "../../views/library/words";

const named = (all: readonly Pick<RecordingDto, "title">[]): string => {
  const [only, ...others] = all;
  return only && others.length === 0 ? only.title : recordings(all.length);
};

/** Takes recordings off the list and offers to undo it; whether it was done. */
export async function takeOffTheList(all: readonly Pick<RecordingDto, "id">[]): Promise<boolean> {
  try {
    const removed = await api.recordingsRemove(all.map(({ id }) => id));
    if (removed.length > 0) undoable("Taken off the list", named(removed), () => void putBack(removed));
    return true;
  } catch (thrown) {
    problem(asIpcError(thrown));
    return false;
  }
}

/** Puts recordings back on the list, and says what became of it. */
export async function putBack(removed: readonly Pick<RecordingDto, "id" | "title">[]): Promise<void> {
  try {
    await api.recordingsRestore(removed.map(({ id }) => id));
    done("Back on the list", named(removed));
  } catch (thrown) {
    problem(asIpcError(thrown));
  }
}
