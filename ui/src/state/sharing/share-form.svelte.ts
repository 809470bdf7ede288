import {
  api,
  type LinkForm,
  type LinkFormat,
  type MadeLinkDto,
  type RecordingDto,
  type ViewersForm,
} from "../../ipc/client";
import { PassingOn } from "./passing-on.svelte";
import { MAX_LINK_HOURS } from "./sharing.svelte";

export type Who = ViewersForm["who"];

/** The choices of the dialog that makes a link, and the link that was made with them. */
export class ShareForm extends PassingOn<MadeLinkDto> {
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

  protected make(recording: RecordingDto, now: Date, format: LinkFormat): Promise<MadeLinkDto> {
    return api.linkMakeAs(recording.id, this.form(now), format);
  }

  protected draft(made: MadeLinkDto): Promise<unknown> {
    return api.linkDraft(made.link.id);
  }
}
