import {
  api,
  asUserError,
  type LinkFormat,
  type MadeLinkDto,
  type RecordingDto,
  type UserError,
} from "../../ipc/client";

/** How a link is passed on. For a letter, the link alone is copied. */
export type Way = LinkFormat | "letter";

/** What is known of a link that was made, whichever kind it is. */
export type PassedOn = Pick<MadeLinkDto, "url" | "copied" | "verified" | "doubt" | "written"> &
  Partial<Pick<MadeLinkDto, "refused_here" | "file">>;

/** A link that is made with the choices of a form, and the ways in which it is copied. */
export abstract class PassingOn<Made extends PassedOn> {
  format = $state<Way>("link");
  making = $state(false);
  made = $state.raw<Made | null>(null);
  /** Whether the link as it is on show was copied. */
  copied = $state(false);
  /** Whether a draft was opened for the link on show. */
  drafted = $state(false);
  error = $state.raw<UserError | null>(null);
  /** Counts the links asked for and every change of a choice: an answer to an older question is not shown. */
  #round = 0;

  /** What is wrong with a choice, by field; empty when a link can be made. */
  abstract readonly wrong: Partial<Record<string, string>>;

  /** Makes the link and copies it in that way. */
  protected abstract make(recording: RecordingDto, now: Date, format: LinkFormat): Promise<Made>;

  /** Opens a draft in the person’s mail program. The link is on the clipboard by then. */
  protected abstract draft(made: Made): Promise<unknown>;

  /** Forgets the link on show, because it is not the one that the choices describe any more. */
  changed(): void {
    this.#round += 1;
    this.made = null;
    this.copied = false;
    this.drafted = false;
    this.error = null;
  }

  /** Makes a link and copies it in the chosen way; a link that is on show already is only copied. */
  async copy(recording: RecordingDto, now: Date): Promise<void> {
    if (this.making || Object.keys(this.wrong).length > 0) return;
    this.error = null;
    if (this.made) return this.copyMade();
    const round = ++this.#round;
    this.making = true;
    try {
      const format = this.format;
      const made = await this.make(recording, now, format === "letter" ? "link" : format);
      if (round !== this.#round) return;
      this.made = made;
      this.copied = made.copied;
      if (format === "letter" && made.copied) await this.#draft(made);
    } catch (thrown) {
      if (round === this.#round) this.error = asUserError(thrown);
    } finally {
      this.making = false;
    }
  }

  /** Copies the link on show in the chosen way. */
  async copyMade(): Promise<void> {
    if (!this.made || this.format === "qr") return;
    const { url, written } = this.made;
    const texts = { link: url, rich: written.plain, markdown: written.markdown, embed: written.embed, letter: url };
    try {
      this.copied = await api.linkCopy(texts[this.format], this.format === "rich" ? written.html : null);
      if (!this.copied)
        this.error = {
          code: "clipboard",
          message: "The clipboard did not take the link.",
          next: "Select the text and press Ctrl C.",
        };
      else if (this.format === "letter") await this.#draft(this.made);
    } catch (thrown) {
      this.error = asUserError(thrown);
    }
  }

  /** Copies the whole letter, for mail programs that take no draft. */
  async copyLetter(): Promise<void> {
    if (!this.made) return;
    const { subject, text } = this.made.written.letter;
    this.error = null;
    try {
      this.copied = await api.linkCopy(`${subject}\n\n${text}`, null);
      if (!this.copied)
        this.error = {
          code: "clipboard",
          message: "The clipboard did not take the letter.",
          next: "Select the text and press Ctrl C.",
        };
    } catch (thrown) {
      this.error = asUserError(thrown);
    }
  }

  async #draft(made: Made): Promise<void> {
    this.drafted = false;
    await this.draft(made);
    this.drafted = true;
  }
}
