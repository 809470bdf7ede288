// Cutting recordings and choosing their pictures in the mock.
import type { RecordingDto, StorageCostDto } from "../bindings";
import { atStage } from "./scenario";
import { fail, type Answers, type World } from "./world";

/** What it costs to keep a video of this length: five dollars a month for a thousand minutes. */
export function costOf(seconds: number | null): StorageCostDto | null {
  if (seconds === null) return null;
  const words = `$${((seconds * 5) / 60_000).toFixed(2)} a month to store`;
  return { minutes: Math.max(1, Math.round(seconds / 60)), words };
}

export function clips(world: World) {
  const { store, emit, needCloud, findRecording, nextNumber, walk } = world;
  /** The seconds of the chosen pictures. */
  const pictures = new Map<string, number>();

  function whole(id: string): { found: RecordingDto; last: number } {
    const found = findRecording(id);
    if (found.status !== "READY") fail("not_ready", `“${found.title}” is not ready yet.`, found.sentence);
    return { found, last: Math.ceil(found.duration_seconds ?? 0) };
  }

  return {
    recording_clip_plan: ({ id }) => {
      needCloud();
      const { last } = whole(id);
      const from_second = Math.min(240, Math.floor(last / 4));
      const reasons = ["No participant was in before 18:04."];
      return { last_second: last, from_second, to_second: last, reasons, strip: [] };
    },
    recording_clip: ({ id, fromSecond, toSecond }) => {
      const { found, last } = whole(id);
      if (fromSecond >= toSecond || toSecond > last) {
        fail("invalid_input", "The part is not within the recording.", "Choose an end within the recording.");
      }
      const clip: RecordingDto = {
        ...atStage(found, "uploaded", "Stream cuts it next.", Date.now()),
        id: `recording-${nextNumber()}`,
        title: `${found.title} (cut)`,
        duration_seconds: toSecond - fromSecond,
        clip: { of: id, from_second: fromSecond, to_second: toSecond },
      };
      store.recordings = [clip, ...store.recordings];
      walk(clip.id, 1);
      emit("recordings");
      return clip;
    },
    recording_choose_picture: ({ recording, second }) => {
      needCloud();
      whole(recording);
      const before = pictures.get(recording) ?? 0;
      pictures.set(recording, second);
      return { second, before };
    },
  } satisfies Partial<Answers>;
}
