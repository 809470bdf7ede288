import {
  api,
  type EndedDto,
  type FailureGroupDto,
  type UserError,
  type LiveDto,
  type RecordingDto,
  type SessionDto,
  type TodayDto,
} from "../ipc/client";
import { clock, countRecordings } from "../lib/format";
import { Actions } from "./actions.svelte";
import { app } from "./app.svelte";
import { Resource } from "./async.svelte";
import { cancelWithUndo } from "./schedule/cancelling";
import { sharingWays } from "./door.svelte";
import { copyClassLink } from "./schedule/class-link.svelte";
import { reportBrowserNotOpened, type Starting } from "./recorder/starting.svelte";
import { done, problem, undoable } from "./toasts";

export type Step = "rejoin" | "invite" | "extend" | "end" | "pause" | "resume" | "cancel" | "link" | "retry";

const DAY_MS = 86_400_000;
/** How long a link that is copied from Today works, in hours. */
const LINK_HOURS = 24;

/** The data of the Today view, and the actions of its buttons. */
export class Today {
  readonly live = new Resource<LiveDto[]>(() => api.liveList(), ["sessions", "recordings"]);
  readonly sessions = new Resource<SessionDto[]>(() => {
    const now = Date.now();
    // A session that is late to start may have begun up to a day ago; the view leaves out what is over.
    return api.sessionsList(new Date(now - DAY_MS).toISOString(), new Date(now + 7 * DAY_MS).toISOString());
  }, ["sessions"]);
  readonly recordings = new Resource<TodayDto>(() => api.today(), ["recordings"]);
  readonly #ways = sharingWays();
  readonly #resources = [this.live, this.sessions, this.recordings];
  readonly #actions = new Actions<`${Step} ${string}`>();
  readonly #starting: Starting;

  constructor(starting: Starting) {
    this.#starting = starting;
  }

  /** Whether the join page has a door, so that a class has one link for everybody. */
  get door(): boolean {
    return this.#ways.value?.door ?? false;
  }

  /** The first of the three lists' failures. */
  get error(): UserError | undefined {
    return this.live.error ?? this.sessions.error ?? this.recordings.error;
  }

  /** Whether each of the three lists was fetched at least once. */
  get complete(): boolean {
    return this.#resources.every((resource) => resource.value !== undefined);
  }

  /** Fetches all three lists and keeps them fresh; the returned function stops that. */
  open(): () => void {
    const stops = [...this.#resources, this.#ways].map((resource) => resource.open());
    return () => stops.forEach((stop) => stop());
  }

  async refresh(): Promise<void> {
    await Promise.all(this.#resources.map((resource) => resource.refresh()));
  }

  /** Whether this step for the session, recording or failure with this id is running. */
  isBusy(step: Step, id: string): boolean {
    return this.#actions.isBusy(`${step} ${id}`);
  }

  async #run(step: Step, id: string, work: () => Promise<void>): Promise<void> {
    await this.#actions.run(`${step} ${id}`, work);
  }

  async start(session: SessionDto): Promise<void> {
    await this.#starting.start(session);
    // Runs after a failure too, because the session may be half started, which its row must then show.
    await this.refresh();
  }

  async startAgain(session: SessionDto): Promise<void> {
    await this.#starting.startAgain(session);
    await this.refresh();
  }

  /** Starts a session again from the toast that reported its end. A failure is shown on its row, or as a toast if it has no row. */
  async #startAgainFromToast(session: SessionDto): Promise<void> {
    await this.startAgain(session);
    const failure = this.#starting.failure(session.id);
    if (failure && !this.#hasRow(session.id)) problem(failure);
  }

  /** Whether the session has a row on the screen that shows why its start failed. */
  #hasRow(id: string): boolean {
    const rows = [
      ...(this.recordings.value?.unrecorded ?? []),
      ...(this.sessions.value ?? []).filter((session) => session.status === "starting"),
    ];
    return app.view === "today" && rows.some((session) => session.id === id);
  }

  retryAll(group: FailureGroupDto): Promise<void> {
    return this.#run("retry", group.cause.code, async () => {
      const { retried, refused } = await api.failuresRetry(group.cause.code);
      const left = refused > 0 ? `${countRecordings(refused)} cannot be retried: open them to see why.` : undefined;
      done(`Retrying ${countRecordings(retried)}`, left);
      await this.recordings.refresh();
    });
  }

  rejoin(session: SessionDto): Promise<void> {
    return this.#run("rejoin", session.id, async () => {
      const joined = await api.sessionRejoin(session.id);
      if (joined.opened) done("The room is open in your browser", session.title);
      else reportBrowserNotOpened(session);
    });
  }

  /** Copies the class link where the join page has a door, and an invitation for one person otherwise. */
  invite(session: SessionDto): Promise<void> {
    return this.#run("invite", session.id, async () => {
      if (this.door) {
        await copyClassLink(session, false);
        return;
      }
      const invite = await api.sessionInvite(session.id);
      const made = `${invite.made} of ${invite.max} made`;
      if (invite.copied) {
        done("Invitation copied", invite.local_only ? `${made}. It opens on this computer only.` : `${made}.`);
      } else {
        problem({
          code: "internal",
          message: "The invitation was made, but it could not be copied to the clipboard.",
          next: "Press Copy invite again.",
        });
      }
      await this.live.refresh();
    });
  }

  end(session: SessionDto): Promise<void> {
    return this.#run("end", session.id, async () => {
      const ended = await api.sessionEnd(session.id);
      if (ended.waits_for) {
        done("The class will end by itself", `${ended.waits_for.message} You do not have to press End class again.`);
      } else if (ended.session.can_start_again && !ended.already_ended) {
        const words = recordingOutcome(ended) ?? "Nobody can join any more.";
        undoable("Class ended", words, () => void this.#startAgainFromToast(ended.session), "Start again");
      } else {
        done(ended.already_ended ? "The class had already ended" : "Class ended", recordingOutcome(ended));
      }
      await this.refresh();
    });
  }

  /** Moves the planned end, offers to undo that, and says what comes in the way. */
  extend(session: SessionDto, minutes: number): Promise<void> {
    return this.#run("extend", session.id, async () => {
      const { session: extended, change, overlapped, recording_cut } = await api.sessionExtend(session.id, minutes);
      const ahead = [
        overlapped && `“${overlapped.title}” begins before that, at ${clock(overlapped.start)}.`,
        recording_cut && `Cloudflare ends the recording at ${clock(recording_cut)}; Hajime begins another one then.`,
      ].filter(Boolean);
      undoable(
        `The class ends at ${clock(extended.end)}`,
        ahead.join(" ") || "The room and the recording continue.",
        () => void this.#undoExtension(session, change),
      );
      await Promise.all([this.live.refresh(), this.sessions.refresh()]);
    });
  }

  #undoExtension(session: SessionDto, change: string): Promise<void> {
    return this.#run("extend", session.id, async () => {
      const back = await api.sessionExtendUndo(session.id, change);
      done(`The class ends at ${clock(back.end)}`, "The extension is undone.");
      await Promise.all([this.live.refresh(), this.sessions.refresh()]);
    });
  }

  pause(session: SessionDto): Promise<void> {
    return this.#run("pause", session.id, async () => this.#replace(await api.recordingPause(session.id)));
  }

  resume(session: SessionDto): Promise<void> {
    return this.#run("resume", session.id, async () => this.#replace(await api.recordingResume(session.id)));
  }

  cancel(session: SessionDto): Promise<void> {
    return this.#run("cancel", session.id, async () => {
      await cancelWithUndo(session);
      await this.sessions.refresh();
    });
  }

  copyLink(recording: RecordingDto): Promise<void> {
    return this.#run("link", recording.id, async () => {
      const made = await api.linkMake(recording.id, LINK_HOURS, false);
      if (made.copied) {
        done("Link copied", `${recording.title}. It works for ${LINK_HOURS} h.`);
      } else {
        problem({
          code: made.doubt?.code ?? "internal",
          message: made.doubt
            ? `No link to “${recording.title}” was copied. ${made.doubt.message}`
            : `The link to “${recording.title}” was made, but it could not be copied to the clipboard.`,
          next: made.doubt ? "Open the recording to copy it all the same." : "Press Copy link again.",
        });
      }
    });
  }

  /** Shows the answer of a pause or resume at once, before the shell reports the change. */
  #replace(answer: LiveDto): void {
    const rows = this.live.value ?? [];
    this.live.current = {
      state: "ready",
      value: rows.map((row) => (row.session.id === answer.session.id ? answer : row)),
    };
  }
}

/** The state of the recording of an ended session, in a sentence; undefined where there is nothing to report. */
function recordingOutcome({ already_ended, recording, session }: EndedDto): string | undefined {
  if (recording === "FAILED") return "Its recording failed. The Recordings page says why.";
  if (recording !== null) return "Its recording is being processed.";
  // A session that ended elsewhere may have a recording that this desk has not seen yet.
  return session.record && !already_ended ? "No recording was found." : undefined;
}
