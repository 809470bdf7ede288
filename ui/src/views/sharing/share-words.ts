// The words of the dialog that makes links.
import { dayAndClock, writtenDay } from "../../lib/format";
import { wordLocale } from "../../lib/locale";
import type { ShareForm } from "../../state/sharing/share-form.svelte";
import { PASSPHRASE_MIN, type WatchForm } from "../../state/sharing/watch-form.svelte";

/** A country's name in the language of the words, or its code where the system has no name for it. */
export function countryName(code: string): string {
  try {
    return new Intl.DisplayNames([wordLocale()], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat(wordLocale(), { type: "disjunction" }).format(names);
}

/** "anyone who has the link and is in Germany". */
function whoeverHas(what: string, { who, countries }: Pick<ShareForm, "who" | "countries">): string {
  const names = listed(countries.map(countryName)) || "a chosen country";
  return {
    everybody: `anyone who has ${what}`,
    only_countries: `anyone who has ${what} and is in ${names}`,
    not_countries: `anyone who has ${what} and is not in ${names}`,
    only_addresses: `anyone who has ${what} and comes from one of the addresses`,
  }[who];
}

/** Who can watch by the watch link that the choices describe, and until when. */
export function whoCanWatchThere(watch: WatchForm): string {
  const who = whoeverHas(watch.passphrase === "" ? "the link" : "the link and the passphrase", watch);
  const from = watch.firstDay === null ? "" : ` from ${writtenDay(watch.firstDay)}`;
  const until = watch.lastDay === null ? "the day that you choose" : `the end of ${writtenDay(watch.lastDay)}`;
  const others = watch.who === "everybody" ? "" : " The page tells everybody else that the video cannot be watched.";
  return `${who},${from} until ${until}.${others}`;
}

/** From how many characters on a passphrase is called good, and very good. */
const GOOD = 12;
const VERY_GOOD = 20;

/** How hard a passphrase is to guess, by its length alone. */
export function passphraseWords(passphrase: string): string {
  const length = [...passphrase].length;
  if (length === 0) return "Empty: nobody is asked for one.";
  if (length < PASSPHRASE_MIN) return `${length} of ${PASSPHRASE_MIN} characters at least.`;
  if (length < GOOD) return `Short: ${GOOD} characters or more are harder to guess. Send it apart from the link.`;
  return `${length < VERY_GOOD ? "Good" : "Very good"} length. Send it apart from the link.`;
}

/** Who can watch by the link that the choices describe, and until when. */
export function whoCanWatch(share: ShareForm, now: Date): string {
  const where = whoeverHas("the link", share);
  const begins = share.begins(now);
  const from = begins ? ` from ${dayAndClock(begins.toISOString())}` : "";
  const others = share.who === "everybody" ? "" : " Cloudflare tells everybody else that the video cannot be watched.";
  return `${where},${from} until ${dayAndClock(share.ends(now).toISOString())}.${others}`;
}
