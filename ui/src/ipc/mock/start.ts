// What keeps the mock from opening an account at the start.
import type { UserError } from "../bindings";

const ACCOUNT = "0123456789abcdef0123456789abcdef";

/** The error that the desk shows at the start, by the name of the scenario. */
export const START_ERRORS: Partial<Record<string, UserError>> = {
  damaged: {
    code: "database_damaged",
    message: "The database /home/you/.local/share/hajime/hajime.db is damaged. Nothing was changed.",
    next: "Restore the newest copy: hajime-cli restore latest. The file that is there now is kept.",
  },
  keyring_waiting: {
    code: "keyring_waiting",
    message: "Waiting for your keyring…",
    next: `It holds the API token of the Cloudflare account ${ACCOUNT}. Your desktop may be asking for the keyring’s password, perhaps behind this window.`,
  },
  keyring_locked: {
    code: "keyring_locked",
    message: "Your keyring is locked.",
    next: `It holds the API token of the Cloudflare account ${ACCOUNT}. Nothing is lost: unlock it to go on.`,
  },
  keyring_missing: {
    code: "keyring_missing",
    message: "This computer has no keyring that can be used.",
    next: `So the API token of the Cloudflare account ${ACCOUNT} is not here. Enter it again, or start GNOME Keyring or KWallet and try again.`,
  },
  token_missing: {
    code: "token_missing",
    message: "Your keyring no longer has the API token.",
    next: `It was the one of the Cloudflare account ${ACCOUNT}. The schedule is still here: enter the token again.`,
  },
};

/** The connected account that cannot be opened; null in scenarios without one. */
export const savedAccount = (scenario: string): string | null =>
  scenario.startsWith("keyring_") || scenario === "token_missing" ? ACCOUNT : null;
