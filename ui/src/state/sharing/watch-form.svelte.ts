import {
  api,
  type LinkFormat,
  type MadeWatchLinkDto,
  type RecordingDto,
  type ViewersForm,
  type WatchLinkForm,
} from "../../ipc/client";
import { calendarDay, dayAndClock } from "../../lib/format";
import { readDay, shownDay } from "../../lib/typed-dates";
import { PassingOn } from "./passing-on.svelte";

/** How long a watch link works unless somebody chooses a day, in days, as in the core. */
const DEFAULT_DAYS = 30;
/** The longest that a watch link may work, in days, as in the core. */
const MAX_DAYS = 730;
/** The fewest characters of a passphrase, as in the core. */
export const PASSPHRASE_MIN = 8;

const DAY_MS = 86_400_000;

/** A day to choose with one press. */
export type Preset = { label: string; day: string; testid: string };

/** The choices of a watch link, and the link that was made with them. */
export class WatchForm extends PassingOn<MadeWatchLinkDto> {
  /** The last day, as it is typed. */
  until = $state("");
  /** The first day, as it is typed; empty for at once. */
  from = $state("");
  who = $state<Exclude<ViewersForm["who"], "only_addresses">>("everybody");
  countries = $state.raw<readonly string[]>([]);
  passphrase = $state("");
  download = $state(false);
  /** The moment at which the video begins, in seconds; null for the beginning. */
  startAt = $state<number | null>(null);
  note = $state("");
  readonly today: string;
  readonly presets: readonly Preset[];
  /** When Stream deletes the video; null for never. */
  readonly #deleted: string | null;
  readonly #last: string;

  constructor(deleted: string | null, now: Date) {
    super();
    const on = (days: number) => calendarDay(new Date(now.getTime() + days * DAY_MS));
    this.today = on(0);
    const longest = on(MAX_DAYS);
    this.#deleted = deleted;
    const end = deleted && calendarDay(new Date(deleted));
    this.#last = end !== null && end < longest ? end : longest;
    const presets = [7, DEFAULT_DAYS].map((days) => ({
      label: `${days} days`,
      day: on(days),
      testid: `until-${days}`,
    }));
    const last = {
      label: this.#last === end ? "Until it is deleted" : "2 years",
      day: this.#last,
      testid: "until-last",
    };
    this.presets = [...presets.filter(({ day }) => day < this.#last), last];
    this.until = shownDay((this.presets.find(({ testid }) => testid === `until-${DEFAULT_DAYS}`) ?? last).day);
  }

  /** The last day, YYYY-MM-DD; null where what is typed is no day. */
  readonly lastDay = $derived.by(() => readDay(this.until, this.today));
  readonly firstDay = $derived.by(() => (this.from.trim() === "" ? null : readDay(this.from, this.today)));

  readonly wrong = $derived.by(() => {
    const wrong: Partial<Record<"until" | "from" | "countries" | "passphrase", string>> = {};
    if (this.lastDay === null) wrong.until = "Type a day, such as “28 Nov”.";
    else if (this.lastDay < this.today) wrong.until = "That day is over. Choose a later one.";
    else if (this.lastDay > this.#last)
      wrong.until = this.#deleted
        ? `The video is deleted on ${dayAndClock(this.#deleted)}. Choose a day before, or keep the recording for longer.`
        : "A watch link works for two years at most.";
    if (this.from.trim() !== "" && this.firstDay === null) wrong.from = "Type a day, or leave it empty.";
    else if (this.firstDay !== null && this.lastDay !== null && this.firstDay > this.lastDay)
      wrong.from = "The link ends before that day.";
    if (this.who !== "everybody" && this.countries.length === 0) wrong.countries = "Choose at least one country.";
    if (this.passphrase !== "" && [...this.passphrase].length < PASSPHRASE_MIN)
      wrong.passphrase = `Type at least ${PASSPHRASE_MIN} characters, or leave it empty.`;
    return wrong;
  });

  form(): WatchLinkForm {
    return {
      until: this.lastDay,
      // The day begins at midnight here.
      not_before: this.firstDay && new Date(`${this.firstDay}T00:00:00`).toISOString(),
      viewers: this.who === "everybody" ? { who: "everybody" } : { who: this.who, codes: [...this.countries] },
      passphrase: this.passphrase || null,
      download: this.download,
      start_at: this.startAt,
      note: this.note.trim(),
    };
  }

  protected make(recording: RecordingDto, _now: Date, format: LinkFormat): Promise<MadeWatchLinkDto> {
    return api.watchLinkMake(recording.id, this.form(), format);
  }

  protected draft(made: MadeWatchLinkDto): Promise<unknown> {
    return api.linkDraft(made.link.id);
  }
}
