import { api, type AwakeState } from "../../ipc/client";
import { Resource } from "../async.svelte";

/** Whether this computer stays awake, asked again after each change of the classes. */
export const computerAwake = (): Resource<AwakeState> =>
  new Resource<AwakeState>(() => api.computerAwake(), ["sessions"]);

type Lock = { release: () => Promise<void> };
type WakeLocks = { request: (type: "screen") => Promise<Lock> };

/**
 * Keeps the screen on while this page is in sight, where the web view can do that; the returned function stops it. The computer
 * itself is kept awake by the shell.
 */
export function keepScreenOn(): () => void {
  const locks = (navigator as { wakeLock?: WakeLocks }).wakeLock;
  let lock: Lock | undefined;
  let stopped = false;
  async function ask() {
    if (!locks || document.visibilityState !== "visible") return;
    try {
      const given = await locks.request("screen");
      if (stopped) void given.release().catch(() => {});
      else lock = given;
    } catch {
      // The system does not allow it. The screen then goes off as it does otherwise.
    }
  }
  // A page that was out of sight has lost the screen.
  const again = () => void ask();
  document.addEventListener("visibilitychange", again);
  void ask();
  return () => {
    stopped = true;
    document.removeEventListener("visibilitychange", again);
    void lock?.release().catch(() => {});
  };
}
