import {
  api,
  asUserError,
  type UserError,
  type LinkFileDto,
  type MadeLinkDto,
  type RecordingDto,
} from "../../ipc/client";
import { done, problem } from "../toasts";

/** The longest that a share link may work, in hours. */
export const MAX_LINK_HOURS = 24;

/** How long the button says that the link was copied, in milliseconds. */
const COPIED_MESSAGE_MS = 5000;

/** The pause between two requests for the state of the file to download, in milliseconds. */
const FILE_POLL_INTERVAL_MS = 3000;

export type HoursChoice = 1 | 6 | 24 | "custom";

export type ShareState =
  | { state: "idle" }
  | { state: "making"; recordingId: string }
  | { state: "made"; recordingId: string; made: MadeLinkDto }
  | { state: "failed"; recordingId: string; error: UserError };

/** The share link of the open recording: the choices for the next one, and the link that was made. */
export class Sharing {
  choice = $state<HoursChoice>(24);
  /** The hours that are typed; only used while the choice is "custom". */
  custom = $state<number | null>(12);
  download = $state(false);
  current = $state.raw<ShareState>({ state: "idle" });
  /** Whether the link was copied a moment ago, which the button then says. */
  justCopied = $state(false);
  /** The file to download behind the link on show; null if the link allows no download. */
  file = $state.raw<LinkFileDto | null>(null);
  fileJustCopied = $state(false);
  /** Goes up with each link made and each recording opened. An answer that belongs to an earlier number is dropped. */
  #round = 0;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #copiedTimer: ReturnType<typeof setTimeout> | undefined;

  /** How many hours a link made now would work; undefined while the typed number is not valid. */
  get hours(): number | undefined {
    if (this.choice !== "custom") return this.choice;
    const typed = this.custom;
    if (typed === null || !Number.isInteger(typed) || typed < 1 || typed > MAX_LINK_HOURS) return undefined;
    return typed;
  }

  /** Returns to the usual choices when another recording is opened, so that a longer link or a download is chosen for each recording anew. */
  reset(): void {
    this.#round += 1;
    this.choice = 24;
    this.custom = 12;
    this.download = false;
    this.current = { state: "idle" };
    clearTimeout(this.#pollTimer);
    this.file = null;
    this.#setCopied(false);
  }

  #setCopied(copied: boolean, file = false): void {
    clearTimeout(this.#copiedTimer);
    this.justCopied = copied && !file;
    this.fileJustCopied = copied && file;
    if (copied) this.#copiedTimer = setTimeout(() => this.#setCopied(false), COPIED_MESSAGE_MS);
  }

  #showFile(file: LinkFileDto | null, linkId: string, round: number): void {
    clearTimeout(this.#pollTimer);
    this.file = file;
    if (file?.state !== "preparing") return;
    this.#pollTimer = setTimeout(() => void this.#fetchFile(linkId, round), FILE_POLL_INTERVAL_MS);
  }

  async #fetchFile(linkId: string, round: number, copy = false): Promise<void> {
    let file: LinkFileDto;
    try {
      file = await api.linkFile(linkId, copy);
    } catch (thrown) {
      file = { state: "unavailable", reason: asUserError(thrown) };
    }
    if (round !== this.#round) return;
    this.#showFile(file, linkId, round);
    if (!copy || file.state !== "ready") return;
    if (file.copied) this.#setCopied(true, true);
    else problem({ code: "clipboard", message: "Couldn’t reach the clipboard.", next: "Press Copy file link again." });
  }

  /** Requests the file again after Cloudflare could not make it. */
  async tryFileAgain(): Promise<void> {
    if (this.current.state !== "made") return;
    this.file = { state: "preparing", percent: null };
    await this.#fetchFile(this.current.made.link.id, this.#round);
  }

  /** Copies a link to the file. It is signed anew and expires with the link to watch. */
  async copyFile(): Promise<void> {
    if (this.current.state === "made") await this.#fetchFile(this.current.made.link.id, this.#round, true);
  }

  /** Makes a link and copies it. A link that arrives after another recording was opened is reported as a toast. */
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
        next: `Type a number from 1 to ${MAX_LINK_HOURS}.`,
      });
      return;
    }
    await this.#show(recording, () => api.linkMake(recordingId, hours, this.download));
  }

  /** Makes a link like an earlier one to this recording, and copies it. */
  async renew(recording: Pick<RecordingDto, "id" | "title">, linkId: string): Promise<void> {
    if (this.current.state === "making" && this.current.recordingId === recording.id) return;
    await this.#show(recording, () => api.linkReissue(linkId));
  }

  async #show(recording: Pick<RecordingDto, "id" | "title">, make: () => Promise<MadeLinkDto>): Promise<void> {
    const recordingId = recording.id;
    const round = ++this.#round;
    this.current = { state: "making", recordingId };
    this.#showFile(null, "", round);
    this.#setCopied(false);
    try {
      const made = await make();
      if (round === this.#round) {
        this.current = { state: "made", recordingId, made };
        this.#setCopied(made.copied);
        this.#showFile(made.file, made.link.id, round);
      } else if (made.copied) {
        // Another recording is open now, and its button must not report this link. The link is on the clipboard.
        done("Link copied", recording.title);
      }
    } catch (thrown) {
      const error = asUserError(thrown);
      if (round === this.#round) this.current = { state: "failed", recordingId, error };
      else problem(error);
    }
  }
}
