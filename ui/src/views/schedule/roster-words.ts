// What is said about a person on the list of a session.
import type { MailDto, PersonDto } from "../../ipc/client";
import { length, nearClock, nearDay } from "../../lib/format";

export type PersonState = { words: string; tone: "plain" | "wait" | "ready" };

/** What became of a person's link, in a few words. */
export function personState(person: PersonDto, over: boolean, now: Date): PersonState {
  if (person.joined_at !== null) {
    if (person.left_at === null && !over) {
      return { words: `In the room since ${nearClock(person.joined_at, now)}`, tone: "ready" };
    }
    const minutes = Math.max(1, person.present_minutes ?? 0);
    return { words: `Was there for ${length(minutes)}`, tone: "ready" };
  }
  if (person.link_at === null) return { words: over ? "Had no link" : "No link yet", tone: over ? "plain" : "wait" };
  if (over) return { words: "Was not there", tone: "plain" };
  return { words: `Link made ${inSentence(nearDay(person.link_at, now))}`, tone: "plain" };
}

/** Why nobody on the list is written to by e-mail; null where e-mail is set so that they are. */
export function whyNotMailed({ channel, settings }: MailDto): string | null {
  if (settings.sender === "program") return "E-mail goes through your mail program, so nothing is sent by itself.";
  if (!channel.on) return "E-mail is off. Turn it on in Settings.";
  if (settings.participants === "nothing") return "In Settings, participants are told nothing by e-mail.";
  return null;
}

/** "today" and "yesterday" inside a sentence; names of days keep their capital. */
const inSentence = (day: string): string => (day === "Today" || day === "Yesterday" ? day.toLowerCase() : day);
