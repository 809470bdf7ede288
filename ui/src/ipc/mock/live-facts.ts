// What the live panel of the mock says beside the people and the recording.
import type { LiveDto } from "../bindings";

type Facts = Pick<
  LiveDto,
  "overlapped" | "recording_cut" | "next_class" | "confirmed_at" | "empty_since" | "countdown" | "ends_by_itself"
>;

/** The facts of a class whose recording was seen four seconds ago, with another class 15 minutes after its planned end. */
export function liveFacts(now: number, end: number): Facts {
  return {
    overlapped: null,
    recording_cut: null,
    next_class: { title: "Aikido: ukemi and flow", start: new Date(end + 15 * 60_000).toISOString() },
    confirmed_at: new Date(now - 4_000).toISOString(),
    empty_since: null,
    countdown: null,
    ends_by_itself: false,
  };
}

/** The same panel, whose recording was seen again four seconds ago. */
export function seenAgain(live: LiveDto, now: number): LiveDto {
  const isSeen = live.proof === "recording" || live.proof === "paused";
  return isSeen ? { ...live, confirmed_at: new Date(now - 4_000).toISOString() } : live;
}
