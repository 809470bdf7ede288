// The permissions of each role, as the mock knows them.
import type { RoleName } from "../bindings";

export const PERMISSIONS: readonly { name: string; words: string; weakest: RoleName }[] = [
  { name: "see_desk", words: "see the state of this desk", weakest: "staff" },
  { name: "watch", words: "find and watch recordings", weakest: "staff" },
  { name: "make_links", words: "make share links", weakest: "staff" },
  { name: "set_desk", words: "set reminders, keys and saved views of this desk", weakest: "staff" },
  { name: "switch_role", words: "switch the role with the admin passphrase", weakest: "staff" },
  { name: "see_schedule", words: "see the schedule", weakest: "instructor" },
  { name: "plan_classes", words: "plan classes", weakest: "instructor" },
  { name: "invite_people", words: "invite people", weakest: "instructor" },
  { name: "run_classes", words: "start, record and end classes", weakest: "instructor" },
  { name: "describe", words: "edit titles, tags and notes", weakest: "instructor" },
  { name: "tend_recordings", words: "try again, attach and remove recordings", weakest: "instructor" },
  { name: "save_files", words: "save files of recordings and classes", weakest: "instructor" },
  { name: "see_health", words: "see health, alerts, usage and storage", weakest: "admin" },
  { name: "revoke_links", words: "take links back", weakest: "admin" },
  { name: "manage_keys", words: "make, import and delete signing keys", weakest: "admin" },
  { name: "close_public_videos", words: "find and close videos that are public", weakest: "admin" },
  { name: "change_settings", words: "change the settings, holidays and calendars", weakest: "admin" },
  { name: "manage_channels", words: "set up e-mail, Slack and the webhook", weakest: "admin" },
  { name: "manage_account", words: "change the account, its app and the join page", weakest: "admin" },
  { name: "see_journal", words: "see who changed what", weakest: "admin" },
  { name: "keep_data", words: "copy, export and restore the data", weakest: "admin" },
  { name: "set_passphrase", words: "set the admin passphrase", weakest: "admin" },
];

const RANKS: readonly RoleName[] = ["staff", "instructor", "admin"];
export const rank = (role: RoleName) => RANKS.indexOf(role);

/** The names of the permissions of a role. */
export const permissionsOf = (role: RoleName): string[] =>
  PERMISSIONS.filter(({ weakest }) => rank(weakest) <= rank(role)).map(({ name }) => name);
