import { api } from "../../ipc/client";

/** A way out for a person whose desk did not open. */
export type Choice = {
  /** Part of the test id of its button: `desk-retry`. */
  id: string;
  label: string;
  /** The text of the button while the choice runs. */
  busy: string;
  /** Runs the choice. The page fetches the desk again afterwards. */
  run: () => Promise<unknown>;
};

/** The choices for one error, the best one first; whether the API token can be entered; and whether the database must be restored first. */
export type Choices = { choices: Choice[]; token: "no" | "offered" | "first"; restore?: true };

const retry = (label: string): Choice => ({
  id: "retry",
  label,
  busy: "Trying again…",
  // A failure is ignored here: the page fetches the desk next and shows why it is not open.
  run: () => api.deskRetry().catch(() => undefined),
});
const PRACTISE: Choice = {
  id: "practise",
  label: "Practise in the sandbox",
  busy: "Opening the sandbox…",
  run: () => api.sandboxOpen(),
};

const BY_CODE: Record<string, Choices> = {
  database: { choices: [retry("Try again")], token: "no" },
  database_damaged: { choices: [retry("Try again")], token: "no", restore: true },
  database_lost: { choices: [retry("Try again")], token: "no", restore: true },
  keyring_waiting: { choices: [retry("Ask again"), PRACTISE], token: "offered" },
  keyring_locked: { choices: [retry("Unlock and try again"), PRACTISE], token: "offered" },
  keyring_missing: { choices: [retry("Try again"), PRACTISE], token: "first" },
  keyring_failed: { choices: [retry("Try again"), PRACTISE], token: "offered" },
  token_missing: { choices: [retry("Try again"), PRACTISE], token: "first" },
};
/** The choices for every other error, such as a wrong value in `.env`. */
const OTHER: Choices = { choices: [retry("Try again"), PRACTISE], token: "no" };

export const choicesFor = (code: string): Choices => BY_CODE[code] ?? OTHER;

/** Whether an error with this code closes a desk that was open before. */
export const leavesNoDesk = (code: string): boolean => code in BY_CODE;
