import { api, asUserError } from "../../ipc/client";
import { problem } from "../toasts";

/** Opens the small window, which stays on top of other windows. A failure is shown as a toast. */
export async function openSmallWindow(): Promise<void> {
  try {
    await api.compactOpen();
  } catch (thrown) {
    problem(asUserError(thrown));
  }
}
