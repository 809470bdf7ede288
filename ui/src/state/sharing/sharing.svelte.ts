import {
  api,
  asIpcError,
  type IpcError,
  type LinkFileDto,
  type MadeLinkDto,
  type RecordingDto,
} from "../../ipc/client";
import { done, problem } from "../toasts";

export const MOST_HOURS = 24;

/** How long the button says that the link is copied, in milliseconds. */
const SAID_FOR = 5000;

/** How long to wait before asking again how far the file is, in milliseconds. */
const LOOK_AGAIN = 3000;

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
  /** Whether the link was copied a moment ago: the button says so. */
  justCopied = $state(false);
  /** The file of the link on show, if downloading was asked for. */
  file = $state.raw<LinkFileDto | null>(null);
  fileJustCopied = $state(false);
  #asked = 0;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #copied: ReturnType<typeof setTimeout> | undefined;

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
    clearTimeout(this.#looking);
    this.file = null;
    this.#sayCopied(false);
  }

  #sayCopied(copied: boolean, file = false): void {
    clearTimeout(this.#copied);
    this.justCopied = copied && !file;
    this.fileJustCopied = copied && file;
    if (copied) this.#copied = setTimeout(() => this.#sayCopied(false), SAID_FOR);
  }

  #showFile(file: LinkFileDto | null, linkId: string, mine: number): void {
    clearTimeout(this.#looking);
    this.file = file;
    if (file?.state !== "preparing") return;
    this.#looking = setTimeout(() => void this.#lookForFile(linkId, mine), LOOK_AGAIN);
  }

  async #lookForFile(linkId: string, mine: number, copy = false): Promise<void> {
    let file: LinkFileDto;
    try {
      file = await api.linkFile(linkId, copy);
    } catch (thrown) {
      file = { state: "unavailable", reason: asIpcError(thrown) };
    }
    if (mine !== this.#asked) return;
    this.#showFile(file, linkId, mine);
    if (!copy || file.state !== "ready") return;
    if (file.copied) this.#sayCopied(true, true);
    else problem({ code: "clipboard", message: "Couldn’t reach the clipboard.", next: "Press Copy file link again." });
  }

  /** Asks for the file once more after it could not be had. */
  async tryFileAgain(): Promise<void> {
    if (this.current.state !== "made") return;
    this.file = { state: "preparing", percent: null };
    await this.#lookForFile(this.current.made.link.id, this.#asked);
  }

  /** Copies the link to the file. It is signed anew, for as long as the link to watch works. */
  async copyFile(): Promise<void> {
    if (this.current.state === "made") await this.#lookForFile(this.current.made.link.id, this.#asked, true);
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
    this.#showFile(null, "", mine);
    this.#sayCopied(false);
    try {
      const made = await api.linkMake(recordingId, hours, this.download);
      if (mine === this.#asked) {
        this.current = { state: "made", recordingId, made };
        this.#sayCopied(made.copied);
        this.#showFile(made.file, made.link.id, mine);
      } else if (made.copied) {
        // The clipboard has it although another recording is open by now, so it is said elsewhere.
        done("Link copied", recording.title);
      }
    } catch (thrown) {
      const error = asIpcError(thrown);
      if (mine === this.#asked) this.current = { state: "failed", recordingId, error };
      else problem(error);
    }
  }
}
