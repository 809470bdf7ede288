// Starting a session, from any view: one question before an early start, and a failure that stays until the next attempt.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { api, asUserError, type UserError, type SessionDto, type StartedDto } from "../../ipc/client";
import { pageState } from "../page";
import { done, problem } from "../toasts";

/** A start that lies further ahead than this, in milliseconds, is confirmed first. The core has the last word. */
const EARLY_START_LIMIT_MS = 60 * 60_000;

type Question = { session: SessionDto; answer: (early: boolean) => void };

/** The sessions that are being started, those whose start failed, and the question about an early start. */
export class Starting {
  readonly #busy = new SvelteSet<string>();
  readonly #failures = new SvelteMap<string, UserError>();
  /** The early start that waits for a yes or no. */
  question = $state.raw<Question | null>(null);

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Why the last start of this session failed; undefined once the next attempt begins. */
  failure(id: string): UserError | undefined {
    return this.#failures.get(id);
  }

  /** Starts a session. Resolves to whether it is live now; `failure` says why it is not. */
  async start(session: SessionDto): Promise<boolean> {
    const isEarly = session.status === "scheduled" && Date.parse(session.start) - Date.now() > EARLY_START_LIMIT_MS;
    if (isEarly && (this.isBusy(session.id) || !(await this.#confirm(session)))) return false;
    return this.#run(session, async () => {
      try {
        return await api.sessionStart(session.id, isEarly);
      } catch (thrown) {
        // The clocks of the page and of the core may differ.
        if (asUserError(thrown).code !== "too_early" || !(await this.#confirm(session))) throw thrown;
        return api.sessionStart(session.id, true);
      }
    });
  }

  /** Opens a session again that ended without a recording. */
  startAgain(session: SessionDto): Promise<boolean> {
    return this.#run(session, () => api.sessionStartAgain(session.id));
  }

  /** Answers the question about an early start. */
  answer(early: boolean): void {
    const { question } = this;
    this.question = null;
    question?.answer(early);
  }

  #confirm(session: SessionDto): Promise<boolean> {
    this.answer(false);
    return new Promise((answer) => (this.question = { session, answer }));
  }

  async #run(session: SessionDto, open: () => Promise<StartedDto>): Promise<boolean> {
    if (this.#busy.has(session.id)) return false;
    this.#busy.add(session.id);
    this.#failures.delete(session.id);
    try {
      const started = await open();
      if (!started.opened) reportBrowserNotOpened(session);
      else done(started.already_live ? "The room is already open" : "The room is open in your browser", session.title);
      return true;
    } catch (thrown) {
      this.#failures.set(session.id, startProblem(asUserError(thrown)));
      return false;
    } finally {
      this.#busy.delete(session.id);
    }
  }
}

/** The starts of this window. */
export const startingState = pageState("starting", () => new Starting());

/** Changes the message of an error so that it says that the start of a class failed. */
export function startProblem(error: UserError): UserError {
  if (error.code === "offline") {
    return {
      ...error,
      message: "Couldn't start the class: no connection.",
      next: "Check the network, then try again.",
    };
  }
  return { ...error, message: `Couldn't start the class. ${error.message}` };
}

/** Tells the person that the room is open although no browser window opened. */
export function reportBrowserNotOpened(session: SessionDto): void {
  problem({
    code: "internal",
    message: `The room of “${session.title}” is open, but your browser did not open it.`,
    next: "Press Rejoin room on the Today page.",
  });
}
