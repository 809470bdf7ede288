// Captions and checks in the mock. Captions are ready at once; every recording was checked, and the third one has a silent part.
import type { CaptionLineDto, CaptionsDto, VideoCheckDto } from "../bindings";
import { fail, type Answers, type World } from "./world";

const LINES: CaptionLineDto[] = [
  { start_ms: 0, end_ms: 4_000, text: "Good evening. Bow in." },
  { start_ms: 760_000, end_ms: 764_000, text: "Now from here, mae geri." },
  { start_ms: 764_000, end_ms: 769_000, text: "The knee comes up first." },
];

/** The recordings whose check found something. */
const flawed = new Set<string>();
export const hasStretches = (id: string) => flawed.has(id);

export function captioned({ store, emit, findRecording }: World) {
  const captions = new Map<string, CaptionsDto[]>();
  const texts = new Map<string, CaptionLineDto[]>();
  const of = (id: string) => captions.get(findRecording(id).id) ?? [];
  const put = (id: string, one: CaptionsDto, lines: CaptionLineDto[]) => {
    const others = of(id).filter(({ language }) => language !== one.language);
    captions.set(
      id,
      [...others, one].toSorted((a, b) => (a.language < b.language ? -1 : 1)),
    );
    texts.set(`${id} ${one.language}`, lines);
    emit("recordings");
    return of(id);
  };
  const third = store.recordings.filter(({ status }) => status === "READY")[2];
  if (third) flawed.add(third.id);
  const check = (id: string): VideoCheckDto =>
    flawed.has(id)
      ? {
          waits: false,
          muted: false,
          sentence: "1 part to look at.",
          stretches: [{ flaw: "silent", words: "Nothing is heard", start_ms: 600_000, end_ms: 690_000 }],
        }
      : { waits: false, muted: false, sentence: "Complete, no blank, frozen or silent part.", stretches: [] };

  return {
    recording_captions: ({ id }) => of(id),
    recording_captions_ask: ({ id }) => of(id),
    recording_captions_lines: ({ id, language, from }) =>
      (texts.get(`${id} ${language}`) ?? []).slice(from, from + 500),
    recording_captions_generate: ({ id, language }) => {
      if (of(id).some((one) => one.language === language))
        fail("conflict", "The recording has captions in this language.", "Delete them first.");
      return put(id, { language, generated: true, state: "ready", lines: LINES.length }, LINES);
    },
    recording_captions_upload: ({ id, language, text }) => {
      if (!text.includes("-->"))
        fail(
          "invalid_input",
          "Line 1: The file is neither WebVTT nor SubRip.",
          "Correct the file, then upload it again.",
        );
      return put(id, { language, generated: false, state: "ready", lines: LINES.length }, LINES);
    },
    recording_captions_edit: ({ id, language, changes }) => {
      const lines = (texts.get(`${id} ${language}`) ?? []).map((line, n) => {
        const text = changes.find((change) => change.n === n)?.text ?? line.text;
        return { ...line, text };
      });
      return put(id, { language, generated: false, state: "ready", lines: lines.length }, lines);
    },
    recording_captions_delete: ({ id, language }) => {
      captions.set(
        id,
        of(id).filter((one) => one.language !== language),
      );
      emit("recordings");
      return of(id);
    },
    recording_check: ({ id }) => (findRecording(id).status === "READY" ? check(id) : null),
    recording_check_again: ({ id }) => check(findRecording(id).id),
  } satisfies Partial<Answers>;
}
