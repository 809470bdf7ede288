import {
  api,
  asUserError,
  type LinkForm,
  type LinkFormat,
  type MadeLinkDto,
  type RecordingDto,
  type UserError,
  type ViewersForm,
} from "../../ipc/client";
import { MAX_LINK_HOURS } from "./sharing.svelte";

export type Who = ViewersForm["who"];

/** How a link is passed on. For a letter, the link alone is copied. */
export type Way = LinkFormat | "letter";

/** The choices of the dialog that makes a link, and the link that was made with them. */
export class ShareForm {
  hours = $state<number | null>(MAX_LINK_HOURS);
  download = $state(false);
  /** In how many hours the link begins to work; null for at once. */
  delay = $state<number | null>(null);
  who = $state<Who>("everybody");
  countries = $state.raw<readonly string[]>([]);
  /** Addresses as they are typed: apart by spaces, commas or lines. */
  addresses = $state("");
  oneKindIsMeant = $state(false);
  /** The moment at which the video begins, in seconds; null for the beginning. */
  startAt = $state<number | null>(null);
  captions = $state<string | null>(null);
  /** The group whose key signs the link; null for the key of the desk. */
  group = $state<string | null>(null);
  format = $state<Way>("link");

  making = $state(false);
  made = $state.raw<MadeLinkDto | null>(null);
  /** Whether the link as it is on show was copied. */
  copied = $state(false);
  /** Whether a draft was opened for the link on show. */
  drafted = $state(false);
  error = $state.raw<UserError | null>(null);
  /** Counts the links asked for and every change of a choice: an answer to an older question is not shown. */
  #round = 0;

  /** What is wrong with a number, by field; empty when a link can be made. */
  readonly wrong = $derived.by(() => {
    const wrong: Partial<Record<"hours" | "delay" | "countries" | "addresses", string>> = {};
    const whole = (n: number | null, from: number, to: number) =>
      n !== null && Number.isInteger(n) && n >= from && n <= to;
    if (!whole(this.hours, 1, MAX_LINK_HOURS)) wrong.hours = `Type a whole number from 1 to ${MAX_LINK_HOURS}.`;
    else if (this.delay !== null && !whole(this.delay, 1, this.hours! - 1))
      wrong.delay =
        this.hours === 1
          ? "A link that works for an hour begins at once."
          : `Type a whole number from 1 to ${this.hours! - 1}: the link ends in ${this.hours} h.`;
    if ((this.who === "only_countries" || this.who === "not_countries") && this.countries.length === 0)
      wrong.countries = "Choose at least one country.";
    if (this.who === "only_addresses" && this.#addressList().length === 0)
      wrong.addresses = "Type at least one address.";
    return wrong;
  });

  #addressList(): string[] {
    return this.addresses.split(/[\s,;]+/).filter(Boolean);
  }

  #viewers(): ViewersForm {
    switch (this.who) {
      case "everybody":
        return { who: "everybody" };
      case "only_countries":
      case "not_countries":
        return { who: this.who, codes: [...this.countries] };
      case "only_addresses":
        return { who: "only_addresses", addresses: this.#addressList(), one_kind_is_meant: this.oneKindIsMeant };
    }
  }

  /** When the link begins to work, by this computer's clock; null for at once. */
  begins(now: Date): Date | null {
    return this.delay === null ? null : new Date(now.getTime() + this.delay * 3_600_000);
  }

  ends(now: Date): Date {
    return new Date(now.getTime() + (this.hours ?? 0) * 3_600_000);
  }

  form(now: Date): LinkForm {
    return {
      hours: this.hours ?? 0,
      download: this.download,
      not_before: this.begins(now)?.toISOString() ?? null,
      viewers: this.#viewers(),
      start_at: this.startAt,
      captions: this.captions,
      group_id: this.group,
    };
  }

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
      const made = await api.linkMakeAs(recording.id, this.form(now), format === "letter" ? "link" : format);
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

  /** Opens a draft in the person’s mail program. The link is on the clipboard by then. */
  async #draft(made: MadeLinkDto): Promise<void> {
    this.drafted = false;
    await api.linkDraft(made.link.id);
    this.drafted = true;
  }
}
