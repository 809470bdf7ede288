/**
 * The recordings of the sessions in sight, so that the schedule can tell a ready one from a failed one.
 *
 * Those that are ready are asked for once; the others again each time recordings change.
 */
import { SvelteMap } from "svelte/reactivity";
import type { RecordingDto, SessionDto } from "../../ipc/bindings";
import { api } from "../../ipc/client";

export class WeekRecordings {
  readonly #known = new SvelteMap<string, RecordingDto>();
  readonly #asked = new Map<string, number>();
  #question = 0;

  /** The recording of this session, once it is known. */
  of(session: SessionDto): RecordingDto | undefined {
    return session.recording_id === null ? undefined : this.#known.get(session.recording_id);
  }

  /** Asks for whatever may have changed; a recording that cannot be read stays as it was. */
  async load(sessions: readonly SessionDto[]): Promise<void> {
    const ids = sessions.flatMap(({ recording_id }) => (recording_id === null ? [] : [recording_id]));
    const open = ids.filter((id) => this.#known.get(id)?.status !== "READY");
    await Promise.allSettled(open.map((id) => this.#ask(id)));
  }

  async #ask(id: string): Promise<void> {
    const question = ++this.#question;
    this.#asked.set(id, question);
    const { recording } = await api.recordingGet(id);
    if (this.#asked.get(id) === question) this.#known.set(id, recording);
  }
}
