// Words for deliveries.
import type { PillTone } from "../../components/Pill.svelte";
import type { ChannelDto, ChannelSettingsDto, DeliveryDto, DeliveryStateDto } from "../../ipc/client";
import { ago, nearClock, until } from "../../lib/format";

const CHANNEL: Record<ChannelDto, string> = { webhook: "Webhook", slack: "Slack", email: "E-mail" };
const STATE: Record<DeliveryStateDto, string> = {
  waiting: "waits",
  sending: "is being sent",
  accepted: "accepted",
  failed: "failed",
  stopped: "stopped",
};
const TONE: Record<DeliveryStateDto, PillTone> = {
  waiting: "wait",
  sending: "wait",
  accepted: "ready",
  failed: "fail",
  stopped: "plain",
};

/** The event in words, with its title. */
export function happened(delivery: DeliveryDto): string {
  return `${delivery.event === "recording.complete" ? "Ready" : "Failed"}: ${delivery.title}`;
}

/** What the receiver answered last; for e-mail also what its acceptance means. Empty before the first answer. */
export function answered({ channel, state, last_answer }: DeliveryDto): string {
  const taken = channel === "email" && state === "accepted" ? "Accepted by the mail server." : "";
  return [taken, last_answer].filter(Boolean).join(" ");
}

/** What was said after a delivery was sent again. */
export function sentAgain({ channel, recipient }: DeliveryDto): string {
  return channel === "email" ? `To ${recipient}.` : "With the id that the event had.";
}

/** To whom, and when. */
export function whereAndWhen(delivery: DeliveryDto, now: Date): string {
  const channel = CHANNEL[delivery.channel];
  const to = delivery.recipient === channel ? channel : `${channel}, ${delivery.recipient}`;
  const tries = delivery.attempts > 1 ? `, ${delivery.attempts} attempts` : "";
  const due = delivery.next_attempt ? Date.parse(delivery.next_attempt) > now.getTime() : false;
  const next = delivery.next_attempt && due ? `, next ${until(delivery.next_attempt, now)}` : "";
  return `${to}, ${nearClock(delivery.sent_at ?? delivery.created_at, now)}${tries}${next}`;
}

export function stateWord(delivery: DeliveryDto): string {
  return STATE[delivery.state];
}

export function stateTone(delivery: DeliveryDto): PillTone {
  return TONE[delivery.state];
}

/** Whether a person may send it again now: everything but what is being sent or waits for its first attempt. */
export function isRepeatable(delivery: DeliveryDto): boolean {
  return delivery.state !== "sending" && !(delivery.state === "waiting" && delivery.attempts === 0);
}

/** Whether sending it again may write to a person twice. */
export function isSecondLetter({ channel, state }: DeliveryDto): boolean {
  return channel === "email" && state === "accepted";
}

/** How a channel fares, for the pill beside its name. */
export function badge(channel: ChannelSettingsDto, now: Date, off = "off"): { words: string; tone: PillTone } {
  if (channel.last_error) return { words: `failed ${ago(channel.last_error.at, now)}`, tone: "fail" };
  if (!channel.on) return { words: off, tone: "plain" };
  if (channel.last_sent) return { words: `accepted ${ago(channel.last_sent, now)}`, tone: "ready" };
  return { words: "nothing sent yet", tone: "plain" };
}
