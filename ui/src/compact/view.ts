// What the small window shows: the live class, or else the class that begins soon, or else the recording on its way.
import type { LiveDto, RecordingDto, SessionDto } from "../ipc/client";
import { clock, lasting, plural, span } from "../lib/format";
import { emptyWords, leftText, nextWords, proofView, secondsLeft } from "../views/recorder/live-words";
import { readyWords } from "../views/recorder/words";

const MINUTE_MS = 60_000;
/** A class is shown so many minutes before its start. */
const SOON_MIN = 60;

export type Tone = "live" | "fail" | "wait" | "plain";

type Shown = { title: string; number: string; unit: string; late: boolean; word: string; tone: Tone; small: string };

/** One of the states of the small window, with what its buttons act on. */
export type CompactView =
  | (Shown & { kind: "before"; session: SessionDto })
  | (Shown & { kind: "live" | "lost" | "paused" | "over" | "ending"; live: LiveDto })
  | (Shown & { kind: "after"; recording: RecordingDto })
  | (Shown & { kind: "none" });

export type Facts = { live: readonly LiveDto[]; sessions: readonly SessionDto[]; onItsWay: readonly RecordingDto[] };

const TONES = { good: "live", old: "wait", lost: "fail", wait: "wait", plain: "plain" } as const;

function ofLive(live: LiveDto, now: Date): CompactView {
  const { session } = live;
  const proof = proofView(live, now);
  const over = secondsLeft(session.end, now) < 0;
  const people = live.people === null ? "people not known" : plural(live.people, "person", "people");
  const kind =
    session.status === "ending"
      ? "ending"
      : proof.grade === "lost"
        ? "lost"
        : live.proof === "paused"
          ? "paused"
          : over
            ? "over"
            : "live";
  const next = live.next_class && nextWords(live.next_class, session.end, now);
  const small = live.countdown
    ? `ends by itself in ${span((Date.parse(live.countdown.at) - now.getTime()) / 1_000)}`
    : kind === "lost"
      ? live.confirmed_at
        ? `not confirmed for ${lasting(Math.floor((now.getTime() - Date.parse(live.confirmed_at)) / 1_000))}`
        : people
      : kind === "over" && next?.near && live.next_class
        ? `next class at ${clock(live.next_class.start)}`
        : (emptyWords(live, now) ?? [proof.seen, people].filter(Boolean).join(" · "));
  return {
    kind,
    live,
    title: session.title,
    number: `${over ? "+" : ""}${leftText(session.end, now)}`,
    unit: over ? "over" : "left",
    late: over,
    word: kind === "ending" ? "Ending" : proof.word,
    tone: kind === "ending" ? "plain" : TONES[proof.grade],
    small,
  };
}

/** What the small window shows now. */
export function compactView({ live, sessions, onItsWay }: Facts, now: Date): CompactView {
  const first = live[0];
  if (first) return ofLive(first, now);
  const soon = sessions
    .filter((session) => session.status === "scheduled" || session.status === "starting")
    .filter((session) => {
      const starts = Date.parse(session.start) - now.getTime();
      return starts <= SOON_MIN * MINUTE_MS && Date.parse(session.end) > now.getTime();
    })
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start))[0];
  if (soon) {
    const minutes = Math.ceil((Date.parse(soon.start) - now.getTime()) / MINUTE_MS);
    const late = minutes < 0;
    return {
      kind: "before",
      session: soon,
      title: soon.title,
      number: String(Math.abs(minutes)),
      unit: late ? "min late" : "min to start",
      late,
      word: soon.status === "starting" ? "Starting" : `At ${clock(soon.start)}`,
      tone: "plain",
      small: soon.instructor,
    };
  }
  const [recording] = onItsWay;
  if (recording) {
    return {
      kind: "after",
      recording,
      title: recording.title,
      number: String(onItsWay.length),
      unit: onItsWay.length === 1 ? "recording" : "recordings",
      late: false,
      word: "On its way",
      tone: "plain",
      small: readyWords(recording, now),
    };
  }
  return {
    kind: "none",
    title: "Hajime",
    number: "–",
    unit: "",
    late: false,
    word: "No class soon",
    tone: "plain",
    small: "",
  };
}
