import { api } from "../../ipc/client";

/** Something that can be done about a desk that did not open. */
export type Choice = {
  /** Part of its test id, `desk-retry`. */
  id: string;
  label: string;
  /** What stands on its button while it is done. */
  busy: string;
  /** Does it; afterwards the page asks for the desk again. */
  run: () => Promise<unknown>;
};

/** The choices of a page, the obvious one first, whether the API token can be typed in, and whether the database has to be restored first. */
export type Choices = { choices: Choice[]; token: "no" | "offered" | "first"; restore?: true };

const retry = (label: string): Choice => ({
  id: "retry",
  label,
  busy: "Trying again…",
  // Why it did not work is what the page shows next.
  run: () => api.deskRetry().catch(() => undefined),
});
const PRACTISE: Choice = {
  id: "practise",
  label: "Practise in the sandbox",
  busy: "Opening the sandbox…",
  run: () => api.sandboxOpen(),
};

const KNOWN: Record<string, Choices> = {
  database: { choices: [retry("Try again")], token: "no" },
  database_damaged: { choices: [retry("Try again")], token: "no", restore: true },
  database_lost: { choices: [retry("Try again")], token: "no", restore: true },
  keyring_waiting: { choices: [retry("Ask again"), PRACTISE], token: "offered" },
  keyring_locked: { choices: [retry("Unlock and try again"), PRACTISE], token: "offered" },
  keyring_missing: { choices: [retry("Try again"), PRACTISE], token: "first" },
  keyring_failed: { choices: [retry("Try again"), PRACTISE], token: "offered" },
  token_missing: { choices: [retry("Try again"), PRACTISE], token: "first" },
};
/** For whatever else kept the desk from opening, such as a value in `.env`. */
const OTHER: Choices = { choices: [retry("Try again"), PRACTISE], token: "no" };

export const choicesFor = (code: string): Choices => KNOWN[code] ?? OTHER;

/** Whether an error leaves nothing of the desk to show, also when it was fine before. */
export const leavesNoDesk = (code: string): boolean => code in KNOWN;
