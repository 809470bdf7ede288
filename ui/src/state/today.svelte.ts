import type { EndedDto, FailureGroupDto, IpcError, LiveDto, RecordingDto, SessionDto, TodayDto } from "../ipc/bindings";
import { api, asIpcError, onChanged } from "../ipc/client";
import { app } from "./app.svelte";
import { Resource } from "./async.svelte";
import { cancelWithUndo } from "./schedule/cancelling";
import { sayNotOpened, starting } from "./schedule/starting.svelte";
import { done, problem, undoable } from "./toasts";
import { recordings } from "../views/library/words";

export type Step = "rejoin" | "invite" | "end" | "pause" | "resume" | "cancel" | "link" | "retry";

const DAY = 86_400_000;

/** What the Today view shows, and the steps it can take. A step under way is not taken a second time. */
export class Today {
  readonly live = new Resource<LiveDto[]>(() => api.liveList());
  readonly sessions = new Resource<SessionDto[]>(() => {
    const now = Date.now();
    // A class that is late to start began up to a day ago; the view itself drops what is over.
    return api.sessionsList(new Date(now - DAY).toISOString(), new Date(now + 7 * DAY).toISOString());
  });
  readonly recordings = new Resource<TodayDto>(() => api.today());
  #busy = $state.raw<ReadonlySet<string>>(new Set());

  /** The first thing that could not be fetched. */
  get error(): IpcError | undefined {
    return this.live.error ?? this.sessions.error ?? this.recordings.error;
  }

  /** Whether everything has been seen at least once. */
  get seen(): boolean {
    return [this.live, this.sessions, this.recordings].every((resource) => resource.value !== undefined);
  }

  refresh(): void {
    void this.live.refresh();
    void this.sessions.refresh();
    void this.recordings.refresh();
  }

  /** Fetches everything and keeps it fresh; the returned function stops that. */
  open(): () => void {
    this.refresh();
    return onChanged((topics) => {
      if (topics.includes("sessions") || topics.includes("recordings")) void this.live.refresh();
      if (topics.includes("sessions")) void this.sessions.refresh();
      if (topics.includes("recordings")) void this.recordings.refresh();
    });
  }

  isBusy(step: Step, id: string): boolean {
    return this.#busy.has(`${step} ${id}`);
  }

  async #take(step: Step, id: string, work: () => Promise<void>): Promise<void> {
    const key = `${step} ${id}`;
    if (this.#busy.has(key)) return;
    this.#busy = new Set([...this.#busy, key]);
    try {
      await work();
    } catch (thrown) {
      problem(asIpcError(thrown));
    } finally {
      this.#busy = new Set([...this.#busy].filter((other) => other !== key));
    }
  }

  async start(session: SessionDto): Promise<void> {
    await starting.start(session);
    // Also after a failure: the session may be half started, and the list says so.
    await this.#refreshAll();
  }

  async startAgain(session: SessionDto): Promise<void> {
    await starting.startAgain(session);
    await this.#refreshAll();
  }

  /** Starts a class again from the toast of its end. Why that fails is told on its row, or in a toast where it has none. */
  async #startAgainFromToast(session: SessionDto): Promise<void> {
    await this.startAgain(session);
    const failure = starting.failure(session.id);
    if (failure && !this.#hasRow(session.id)) problem(failure);
  }

  /** Whether the class has a row on the screen that shows why its start failed. */
  #hasRow(id: string): boolean {
    const rows = [
      ...(this.recordings.value?.unrecorded ?? []),
      ...(this.sessions.value ?? []).filter((session) => session.status === "starting"),
    ];
    return app.view === "today" && rows.some((session) => session.id === id);
  }

  retryAll(group: FailureGroupDto): Promise<void> {
    return this.#take("retry", group.cause.code, async () => {
      const { retried, refused } = await api.failuresRetry(group.cause.code);
      const left = refused > 0 ? `${recordings(refused)} cannot be retried: open them to see why.` : undefined;
      done(`${recordings(retried)} ${retried === 1 ? "is" : "are"} tried again`, left);
      await this.recordings.refresh();
    });
  }

  async #refreshAll(): Promise<void> {
    await Promise.all([this.live.refresh(), this.sessions.refresh(), this.recordings.refresh()]);
  }

  rejoin(session: SessionDto): Promise<void> {
    return this.#take("rejoin", session.id, async () => {
      const joined = await api.sessionRejoin(session.id);
      if (joined.opened) done("The room is open in your browser", session.title);
      else sayNotOpened(session);
    });
  }

  invite(session: SessionDto): Promise<void> {
    return this.#take("invite", session.id, async () => {
      const invite = await api.sessionInvite(session.id);
      const made = `${invite.made} of ${invite.max} made`;
      if (invite.copied) {
        done("Invitation copied", invite.local_only ? `${made}. It opens on this computer only.` : `${made}.`);
      } else {
        problem({
          code: "internal",
          message: "The invitation was made, but the clipboard did not take it.",
          next: "Press Copy invite again.",
        });
      }
      await this.live.refresh();
    });
  }

  end(session: SessionDto): Promise<void> {
    return this.#take("end", session.id, async () => {
      const ended = await api.sessionEnd(session.id);
      if (ended.waits_for) {
        done("Noted: the session ends by itself", `${ended.waits_for.message} Nothing needs to be pressed again.`);
      } else if (ended.session.can_start_again && !ended.already_ended) {
        const words = recordedWords(ended) ?? "Nobody can join any more.";
        undoable("Session ended", words, () => void this.#startAgainFromToast(ended.session), "Start again");
      } else {
        done(ended.already_ended ? "The session had already ended" : "Session ended", recordedWords(ended));
      }
      await this.#refreshAll();
    });
  }

  pause(session: SessionDto): Promise<void> {
    return this.#take("pause", session.id, async () => this.#put(await api.recordingPause(session.id)));
  }

  resume(session: SessionDto): Promise<void> {
    return this.#take("resume", session.id, async () => this.#put(await api.recordingResume(session.id)));
  }

  cancel(session: SessionDto): Promise<void> {
    return this.#take("cancel", session.id, async () => {
      await cancelWithUndo(session);
      await this.sessions.refresh();
    });
  }

  copyLink(recording: RecordingDto): Promise<void> {
    return this.#take("link", recording.id, async () => {
      const made = await api.linkMake(recording.id, 24, false);
      if (made.copied) {
        done("Link copied", `${recording.title}. It works for 24 h.`);
      } else {
        problem({
          code: "internal",
          message: `The link to “${recording.title}” was made, but the clipboard did not take it.`,
          next: "Press Copy link again.",
        });
      }
    });
  }

  // The answer is shown at once; what follows arrives with the next change.
  #put(answer: LiveDto): void {
    const rows = this.live.value ?? [];
    this.live.current = {
      state: "ready",
      value: rows.map((row) => (row.session.id === answer.session.id ? answer : row)),
    };
  }
}

/** What becomes of the recording of a session that ended. */
function recordedWords({ already_ended, recording, session }: EndedDto): string | undefined {
  if (recording === "FAILED") return "Its recording failed: Recordings says why.";
  if (recording !== null) return "Its recording is on its way.";
  // What ended elsewhere may have been recorded without this desk knowing yet.
  return session.record && !already_ended ? "No recording was found." : undefined;
}
