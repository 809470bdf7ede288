import { api, asIpcError, type IpcError, type MadeLinkDto, type RecordingDto } from "../../ipc/client";
import { done, problem } from "../../state/toasts";

export const MOST_HOURS = 24;

export type HoursChoice = 1 | 6 | 24 | "custom";

export type ShareState =
  | { state: "idle" }
  | { state: "making"; recordingId: string }
  | { state: "made"; recordingId: string; made: MadeLinkDto }
  | { state: "failed"; recordingId: string; error: IpcError };

/** The share link of the recording that is open: how it shall be, and what came of it. */
export class Sharing {
  choice = $state<HoursChoice>(24);
  /** As typed; only read while the choice is "custom". */
  custom = $state<number | null>(12);
  download = $state(false);
  current = $state.raw<ShareState>({ state: "idle" });
  #asked = 0;

  /** The hours a link made now would work for; undefined while what is typed is no such number. */
  get hours(): number | undefined {
    if (this.choice !== "custom") return this.choice;
    const typed = this.custom;
    if (typed === null || !Number.isInteger(typed) || typed < 1 || typed > MOST_HOURS) return undefined;
    return typed;
  }

  /** Another recording is opened: back to the usual link, so nobody gets a right that was meant for someone else. */
  reset(): void {
    this.#asked += 1;
    this.choice = 24;
    this.custom = 12;
    this.download = false;
    this.current = { state: "idle" };
  }

  async make(recording: Pick<RecordingDto, "id" | "title" | "status" | "sentence">): Promise<void> {
    const recordingId = recording.id;
    if (this.current.state === "making" && this.current.recordingId === recordingId) return;
    if (recording.status !== "READY") {
      problem({
        code: "not_ready",
        message: `“${recording.title}” has no video to link to yet.`,
        next: recording.sentence,
      });
      return;
    }
    const hours = this.hours;
    if (hours === undefined) {
      problem({
        code: "invalid_input",
        message: "The link needs a whole number of hours.",
        next: `Type a number from 1 to ${MOST_HOURS}.`,
      });
      return;
    }
    const mine = ++this.#asked;
    this.current = { state: "making", recordingId };
    try {
      const made = await api.linkMake(recordingId, hours, this.download);
      // The clipboard has it whatever is open by now, so that is said; the box only shows its own recording's link.
      if (made.copied) done("Link copied", recording.title);
      if (mine === this.#asked) this.current = { state: "made", recordingId, made };
    } catch (thrown) {
      const error = asIpcError(thrown);
      if (mine === this.#asked) this.current = { state: "failed", recordingId, error };
      else problem(error);
    }
  }
}
