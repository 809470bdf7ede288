// Words for alerts, rules and jobs.
import type { AlertDto, AlertRuleDto, ToldDto } from "../../ipc/client";
import { clock, count, nearDay, plural } from "../../lib/format";

type RuleChannel = AlertRuleDto["channels"][number];

const CHANNELS: Record<string, string> = {
  desktop: "on the desktop",
  email: "by e-mail",
  slack: "in Slack",
  webhook: "by webhook",
};
/** The channels of a rule, in the order of the form. */
export const RULE_CHANNELS: readonly { channel: RuleChannel["channel"]; label: string }[] = [
  { channel: "desktop", label: "Desktop" },
  { channel: "email", label: "E-mail" },
  { channel: "slack", label: "Slack" },
  { channel: "webhook", label: "Webhook" },
];

/** "Today, 18:04", "Sat 21 Nov, 13:20". */
export const dayAndTime = (iso: string, now: Date): string => `${nearDay(iso, now)}, ${clock(iso)}`;

/** A day of `nearDay` within a sentence: "today", "Sat 21 Nov". */
const inSentence = (day: string) => (/^(Today|Tomorrow|Yesterday)/.test(day) ? day.toLowerCase() : day);

/** "since today", "since Sat 21 Nov". */
export const sinceDay = (iso: string, now: Date): string => `since ${inSentence(nearDay(iso, now))}`;

/** "3 days", "2 h", "45 min": minutes in the largest unit that fits. */
export function minutesInWords(minutes: number): string {
  if (minutes > 0 && minutes % 1440 === 0) return plural(minutes / 1440, "day", "days");
  if (minutes > 0 && minutes % 60 === 0) return `${count(minutes / 60)} h`;
  return `${count(minutes)} min`;
}

/** "for 24 days": how long an alert has been open. */
export function openFor({ since }: Pick<AlertDto, "since">, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `for ${minutes} min`;
  if (minutes < 2 * 1440) return `for ${Math.round(minutes / 60)} h`;
  return `for ${Math.round(minutes / 1440)} days`;
}

/** "Sat 21 Nov, 13:20 – 13:21", "Sun 29 Nov – Tue 1 Dec": from when to when an alert was open. */
export function openFromTo({ since, until }: Pick<AlertDto, "since" | "until">, now: Date): string {
  if (until === null) return dayAndTime(since, now);
  const [first, last] = [nearDay(since, now), nearDay(until, now)];
  if (first !== last) return `${first} – ${inSentence(last)}`;
  const [begin, end] = [clock(since), clock(until)];
  return begin === end ? `${first}, ${begin}` : `${first}, ${begin} – ${end}`;
}

/** "on the desktop", "by e-mail to T. Berg", and the state where it is not sent. */
export function toldWords({ channel, to, at, state }: ToldDto, now: Date): string {
  const where = `${CHANNELS[channel] ?? channel}${to && channel !== "desktop" ? ` to “${to}”` : ""}`;
  return at ? `${where}, ${inSentence(dayAndTime(at, now))}` : `${where}: ${state}`;
}

/** "desktop now", "e-mail after 15 min". */
export function channelWords({ channel, after_minutes }: RuleChannel): string {
  const label = RULE_CHANNELS.find((one) => one.channel === channel)?.label ?? channel;
  return `${label} ${after_minutes > 0 ? `after ${minutesInWords(after_minutes)}` : "now"}`;
}

/** The unit of a number of a rule, as it is written behind the number. */
export const unitWords = (unit: string): string =>
  ({ percent: "%", minutes: "minutes", days: "days", count: "" })[unit] ?? unit;

/** When a rule last held. */
export function lastWords({ is_open, last }: AlertRuleDto, now: Date): string {
  if (is_open) return "open now";
  return last ? `last ${inSentence(nearDay(last, now))}` : "never so far";
}
