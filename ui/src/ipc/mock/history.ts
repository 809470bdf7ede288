// The mock's answers to the commands about what became of a class.
import type { AttendeeDto, ChatLineDto, HistoryDto, SessionDto, TextDto, TranscriptLineDto } from "../bindings";
import { iso, session } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

/** The lines of one answer, as the shell has them. */
const PAGE = 500;

/** Who was there: name, minutes after the beginning at which they came and left, and their answer about recording. */
const PEOPLE: [name: string, came: number, left: number, consent: AttendeeDto["consent"]][] = [
  ["R. Alves", -2, 61, "unknown"],
  ["B. Okoye", 0, 60, "agreed"],
  ["C. Duarte", 3, 58, "declined"],
  ["Yuki Tanaka-Fernández de la Vega", 12, 40, "agreed"],
];
/** What was written: seconds after the beginning, name, and text. */
const WRITTEN: [at: number, name: string, text: string][] = [
  [35, "B. Okoye", "Good evening! 🥋"],
  [760, "C. Duarte", "Which foot goes first in heian shodan?"],
  [792, "R. Alves", "The left one.\nLook at the picture of last week."],
  [3_540, "نور الحسن", "شكرا"],
];
/** What was said: seconds after the beginning, name, and text. */
const SAID: [at: number, name: string, text: string][] = [
  [-20, "R. Alves", "Can everybody hear me?"],
  [4, "R. Alves", "Welcome. We begin with the first kata."],
  [760, "C. Duarte", "Which foot goes first?"],
  [3_580, "R. Alves", "Mokuso. Thank you, and see you on Thursday."],
];

const kept = (lines: number, sentence: string, source: TextDto["source"]): TextDto => ({
  state: "there",
  sentence,
  source,
  lines,
  next_ask: null,
});
const without = (state: TextDto["state"], sentence: string, next_ask: string | null = null): TextDto => ({
  state,
  sentence,
  source: null,
  lines: 0,
  next_ask,
});

export function history(world: World) {
  const { store, needCloud, findSession } = world;

  /** The class of a recording that is no longer among the classes of the mock's schedule. */
  function ofRecording(sessionId: string): SessionDto | undefined {
    const row = store.recordings.find((recording) => recording.session_id === sessionId);
    if (!row) return undefined;
    const began = Date.parse(row.recorded_at);
    const { title, instructor, timezone } = row;
    const over = { id: sessionId, title, instructor, timezone, recording_id: row.id, started_at: row.recorded_at };
    return session(0, began, { ...over, status: "ended", ended_at: iso(began + 62 * MINUTE) });
  }
  function held(sessionId: string): SessionDto {
    const known = store.sessions.some(({ id }) => id === sessionId) ? undefined : ofRecording(sessionId);
    return known ?? findSession(sessionId);
  }
  const wasHeld = (of: SessionDto) => of.status === "ended" || of.status === "live";
  const start = (of: SessionDto) => Date.parse(of.started_at ?? of.start);

  function texts(of: SessionDto): Pick<HistoryDto, "chat" | "transcript"> {
    if (of.status !== "ended") {
      return {
        chat: without("waiting", "The chat is kept after the class."),
        transcript: without("waiting", "The transcript is made after the class."),
      };
    }
    const chat = kept(WRITTEN.length, "The chat of the room, as RealtimeKit kept it.", "realtimekit");
    if (!of.record) return { chat, transcript: without("off", "A class that is not recorded has no transcript.") };
    if (!store.settings.transcripts)
      return { chat, transcript: without("off", "Transcripts are turned off in Settings.") };
    const transcript = kept(
      SAID.length,
      "The captions of the video, because RealtimeKit made no transcript.",
      "captions",
    );
    return { chat, transcript };
  }

  function answer(sessionId: string): HistoryDto {
    needCloud();
    const of = held(sessionId);
    const began = start(of);
    const at = (minutes: number) => iso(began + minutes * MINUTE);
    const there = wasHeld(of) ? PEOPLE : [];
    const people: AttendeeDto[] = there.map(([name, came, left, consent], index) => ({
      name,
      role: index === 0 ? "host" : "participant",
      joined_at: at(came),
      left_at: of.status === "live" ? null : at(left),
      present_minutes: left - came,
      consent,
    }));
    people.push({
      name: "D. Szabo",
      role: "participant",
      joined_at: null,
      left_at: null,
      present_minutes: 0,
      consent: "unknown",
    });
    const recordings = store.recordings.filter((row) => row.session_id === sessionId);
    return {
      session: of,
      opened_at: wasHeld(of) ? at(-2) : null,
      ended_at: of.status === "ended" ? (of.ended_at ?? at(62)) : null,
      people,
      people_incomplete: null,
      extensions: wasHeld(of) ? [{ at: at(50), actor: "R. Alves", from: at(55), to: at(60) }] : [],
      recordings: recordings.map((recording) => ({ recording, pauses: [{ from: at(30), to: at(34) }] })),
      ...texts(of),
    };
  }

  function written(sessionId: string): ChatLineDto[] {
    const began = start(held(sessionId));
    return WRITTEN.map(([at, name, text]) => ({ at: iso(began + at * 1_000), place: at, name, text }));
  }
  const said = (): TranscriptLineDto[] => SAID.map(([at, name, text]) => ({ start: at, name, text }));

  return {
    session_history: ({ sessionId }) => answer(sessionId),
    session_chat: ({ sessionId, from }) =>
      texts(held(sessionId)).chat.lines === 0 ? [] : written(sessionId).slice(from, from + PAGE),
    session_transcript: ({ sessionId, from }) => ({
      lines: texts(held(sessionId)).transcript.lines === 0 ? [] : said().slice(from, from + PAGE),
      in_video: true,
    }),
    session_attendance_save: ({ sessionId }) => {
      needCloud();
      const of = held(sessionId);
      if (!wasHeld(of)) fail("not_live", "The class is not live.", "Start it on the schedule.");
      return { path: `/home/you/Downloads/${of.title} attendance.csv`, bytes: 412 };
    },
    session_text_save: ({ sessionId, kind, format }) => {
      const of = held(sessionId);
      const text = texts(of)[kind];
      if (text.lines === 0) {
        fail(
          "conflict",
          `There is nothing to save. ${text.sentence}`,
          "Open the class’s history later: it says when the text is there.",
        );
      }
      return { path: `/home/you/Downloads/${of.title} ${kind}.${format}`, bytes: 1_204 };
    },
  } satisfies Partial<Answers>;
}
