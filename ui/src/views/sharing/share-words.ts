// The words of the dialog that makes links.
import { dayAndClock } from "../../lib/format";
import { wordLocale } from "../../lib/locale";
import type { ShareForm } from "../../state/sharing/share-form.svelte";

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

/** Who can watch by the link that the choices describe, and until when. */
export function whoCanWatch(share: ShareForm, now: Date): string {
  const names = share.countries.map(countryName);
  const where = {
    everybody: "anyone who has the link",
    only_countries: `anyone who has the link and is in ${listed(names) || "a chosen country"}`,
    not_countries: `anyone who has the link and is not in ${listed(names) || "a chosen country"}`,
    only_addresses: "anyone who has the link and comes from one of the addresses",
  }[share.who];
  const begins = share.begins(now);
  const from = begins ? ` from ${dayAndClock(begins.toISOString())}` : "";
  const others = share.who === "everybody" ? "" : " Cloudflare tells everybody else that the video cannot be watched.";
  return `${where},${from} until ${dayAndClock(share.ends(now).toISOString())}.${others}`;
}
