// When somebody was in the room, and what removing them does, in a few words.
import type { NextClassDto, RoomPersonDto, WaitingPersonDto } from "../../ipc/client";
import { clock, length } from "../../lib/format";
import { wordLocale } from "../../lib/locale";

/** How many of those who wait are spoken by name. */
const NAMES_SPOKEN = 3;

/** "C. Duarte and D. Szabo wait to come in."; empty while nobody waits. */
export function waitingWords(people: readonly WaitingPersonDto[]): string {
  const names = people.slice(0, NAMES_SPOKEN).map(({ name }) => name);
  const more = people.length - names.length;
  if (more > 0) names.push(`${more} more`);
  if (names.length === 0) return "";
  const listed = new Intl.ListFormat(wordLocale(), { type: "conjunction" }).format(names);
  return `${listed} ${people.length === 1 ? "waits" : "wait"} to come in.`;
}

/** "since 18:31", and after they left "18:31 – 18:52, 20 min in the room"; then the name on the list where it differs. */
export function presence(person: RoomPersonDto): string {
  const { joined_at, left_at, present_minutes, listed_as, name } = person;
  const when =
    left_at === null
      ? `since ${clock(joined_at)}`
      : `left at ${clock(left_at)}, joined at ${clock(joined_at)}, ${length(present_minutes)} in the room`;
  const agreed = person.consent === "agreed" ? " · may be recorded" : "";
  const came = person.way_in === "room_code" ? " · by the code of the room" : "";
  const listed = listed_as !== null && name !== "" && listed_as !== name ? ` · on the list as ${listed_as}` : "";
  return `${when}${agreed}${came}${listed}`;
}

/** What removing somebody from the room does. */
export function removalWords(person: RoomPersonDto): string {
  if (person.way_in === "room_code")
    return "They came in by the code of the room, which everybody with it shares: all who came in by it are removed, and the code lets nobody in any more. You can make a new code afterwards.";
  return "Their link stops working, and they cannot come back on any device until you send a new one.";
}

/** "“Judo” begins at 19:45, before this class ends." */
export const overlapWords = (next: NextClassDto): string =>
  `“${next.title}” begins at ${clock(next.start)}, before this class ends.`;

/** Says when Cloudflare ends the running recording by itself. */
export const cutWords = (at: string): string =>
  `Cloudflare ends the recording at ${clock(at)}, after 24 hours. Hajime begins another one then.`;
