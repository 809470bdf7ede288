import { untrack } from "svelte";
import { asUserError, type UserError } from "../ipc/client";

/** How long nothing is typed before the core is asked, in milliseconds. */
const PAUSE_MS = 200;

/**
 * What the core answers to a question about what somebody types. It is asked once nothing was typed for a moment, and an answer to an
 * earlier question is dropped.
 */
export class Asked<T> {
  /** The last answer; null before there is one, and after a refusal. */
  answer = $state.raw<T | null>(null);
  failure = $state.raw<UserError | null>(null);

  /**
   * For an effect: asks `question` after a pause. Null asks nothing and forgets the last answer. The returned function drops the
   * question.
   */
  after(question: (() => Promise<T>) | null, pause: number = PAUSE_MS): () => void {
    if (!question) {
      untrack(() => this.#show(null, null));
      return () => undefined;
    }
    let dropped = false;
    const timer = setTimeout(() => {
      question().then(
        (answer) => dropped || this.#show(answer, null),
        (thrown: unknown) => dropped || this.#show(null, asUserError(thrown)),
      );
    }, pause);
    return () => {
      dropped = true;
      clearTimeout(timer);
    };
  }

  #show(answer: T | null, failure: UserError | null): void {
    this.answer = answer;
    this.failure = failure;
  }
}
