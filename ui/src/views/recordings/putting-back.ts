import { api, asIpcError, type RecordingDto } from "../../ipc/client";
import { done, problem } from "../../state/toasts";
import { recordings } from "./words";

/** Puts recordings back on the list, and says what became of it. */
export async function putBack(removed: readonly Pick<RecordingDto, "id" | "title">[]): Promise<void> {
  try {
    await api.recordingsRestore(removed.map(({ id }) => id));
    const [only, ...others] = removed;
    done("Back on the list", only && others.length === 0 ? only.title : recordings(removed.length));
  } catch (thrown) {
    problem(asIpcError(thrown));
  }
}
