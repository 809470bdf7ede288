/**
 * The recordings of the sessions on show, so that the schedule can tell a ready one from a failed one.
 *
 * A recording that is ready is fetched once; the others are fetched again each time recordings change.
 */
import { SvelteMap } from "svelte/reactivity";
import { api, type RecordingDto, type SessionDto } from "../../ipc/client";

/** How many recordings are fetched at once. */
const AT_ONCE = 500;

export class WeekRecordings {
  readonly #known = new SvelteMap<string, RecordingDto>();
  /** The number of the newest request for each recording: older answers are dropped. */
  readonly #newest = new Map<string, number>();
  #requests = 0;

  /** The recording of this session, once it is fetched. */
  of(session: SessionDto): RecordingDto | undefined {
    return session.recording_id === null ? undefined : this.#known.get(session.recording_id);
  }

  /** Fetches the recordings that may have changed; one that cannot be read stays as it was. */
  async load(sessions: readonly SessionDto[]): Promise<void> {
    const ids = sessions.flatMap(({ recording_id }) => (recording_id === null ? [] : [recording_id]));
    const open = ids.filter((id) => this.#known.get(id)?.status !== "READY");
    const parts = Array.from({ length: Math.ceil(open.length / AT_ONCE) }, (_, part) =>
      open.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
    );
    await Promise.allSettled(parts.map((part) => this.#fetch(part)));
  }

  async #fetch(ids: string[]): Promise<void> {
    const request = ++this.#requests;
    for (const id of ids) this.#newest.set(id, request);
    for (const recording of await api.recordingsGet(ids)) {
      if (this.#newest.get(recording.id) === request) this.#known.set(recording.id, recording);
    }
  }
}
