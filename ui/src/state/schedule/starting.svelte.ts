// Starting a class, from wherever it is started: one question for an early start, and what failed stays until it is mended.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { api, asIpcError, type IpcError, type SessionDto, type StartedDto } from "../../ipc/client";
import { done, problem } from "../toasts";

/** From how long before the plan on a start is confirmed. The core has the last word. */
const EARLY_MS = 60 * 60_000;

type Asked = { session: SessionDto; answer: (early: boolean) => void };

/** The classes that are being started, those that could not be, and the question about one that is early. */
export class Starting {
  readonly #busy = new SvelteSet<string>();
  readonly #failures = new SvelteMap<string, IpcError>();
  /** The early start that somebody is asked about. */
  asked = $state.raw<Asked | null>(null);

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Why the last start of this class failed; gone once it is tried again. */
  failure(id: string): IpcError | undefined {
    return this.#failures.get(id);
  }

  /** Starts a class. Answers whether it is live now; says on the row why it is not. */
  async start(session: SessionDto): Promise<boolean> {
    const isEarly = session.status === "scheduled" && Date.parse(session.start) - Date.now() > EARLY_MS;
    if (isEarly && (this.isBusy(session.id) || !(await this.#confirm(session)))) return false;
    return this.#run(session, async () => {
      try {
        return await api.sessionStart(session.id, isEarly);
      } catch (thrown) {
        // The clocks of the page and of the core may differ.
        if (asIpcError(thrown).code !== "too_early" || !(await this.#confirm(session))) throw thrown;
        return api.sessionStart(session.id, true);
      }
    });
  }

  /** Goes on with a class that was ended by mistake. */
  startAgain(session: SessionDto): Promise<boolean> {
    return this.#run(session, () => api.sessionStartAgain(session.id));
  }

  /** Answers the question about an early start. */
  answer(early: boolean): void {
    const asked = this.asked;
    this.asked = null;
    asked?.answer(early);
  }

  #confirm(session: SessionDto): Promise<boolean> {
    this.answer(false);
    return new Promise((answer) => (this.asked = { session, answer }));
  }

  async #run(session: SessionDto, open: () => Promise<StartedDto | undefined>): Promise<boolean> {
    if (this.#busy.has(session.id)) return false;
    this.#busy.add(session.id);
    this.#failures.delete(session.id);
    try {
      const started = await open();
      if (!started) return false;
      if (!started.opened) sayNotOpened(session);
      else done(started.already_live ? "The room is already open" : "The room is open in your browser", session.title);
      return true;
    } catch (thrown) {
      this.#failures.set(session.id, startProblem(asIpcError(thrown)));
      return false;
    } finally {
      this.#busy.delete(session.id);
    }
  }
}

/** Says of a refusal that it was the start of a class that failed. */
export function startProblem(error: IpcError): IpcError {
  if (error.code === "offline") {
    return {
      ...error,
      message: "Couldn't start the class: no connection.",
      next: "Check the network, then try again.",
    };
  }
  return { ...error, message: `Couldn't start the class. ${error.message}` };
}

export function sayNotOpened(session: SessionDto): void {
  problem({
    code: "internal",
    message: `The room of “${session.title}” is open, but your browser did not come up.`,
    next: "Press Rejoin room on the Today page.",
  });
}

export const starting = new Starting();
