// What the ledger says about its entries.
import type { LedgerRowDto } from "../../ipc/client";
import type { PillTone } from "../../components/Pill.svelte";

/** The words for what was done, by the name of the act. */
export const ACTS: Record<string, string> = {
  link_made: "Link made",
  link_revoked: "Links revoked",
  link_played: "Played by link",
  played: "Played here",
  key_made: "Key made",
  key_imported: "Key imported",
  key_rotated: "Key replaced",
  key_revoked: "Key deleted",
  key_missing: "Key deleted elsewhere",
  restored: "Backup restored",
  resumed: "Went on after another file",
  signed_later: "Signed later",
  recording_archived: "Archived",
  role_changed: "Role changed",
  passphrase_set: "Admin passphrase set",
  passphrase_wrong: "Wrong admin passphrase",
  video_closed: "Public video closed",
  recording_kept: "Kept forever",
  recording_binned: "Put in the bin",
  recording_restored: "Restored",
  recording_deleted: "Deleted for good",
};

/** The words for an act; its name where a later version wrote it. */
export const actOf = (row: LedgerRowDto): string => ACTS[row.act] ?? row.act;

const STATES: Record<string, { tone: PillTone; words: string }> = {
  works: { tone: "ready", words: "Works" },
  early: { tone: "wait", words: "Not yet" },
  ended: { tone: "plain", words: "Ended" },
  revoked: { tone: "fail", words: "Revoked" },
};

/** The pill of a link; undefined where the entry is about no link. */
export const stateOf = (row: LedgerRowDto) => (row.link_state === null ? undefined : STATES[row.link_state]);

/** What an entry is about: the class, or the key. */
export function subjectOf(row: LedgerRowDto): string {
  if (row.title) return row.title;
  if (row.act === "restored" || row.act === "resumed" || row.act === "signed_later") return "The ledger";
  if (row.act.startsWith("passphrase_") || row.act === "role_changed") return row.note || "This desk";
  return row.key_name || row.note || (row.kid ? `Key ${row.kid.slice(0, 8)}…` : "");
}

/** The rights of a link, where there is something to say. */
export function rightsOf(row: LedgerRowDto): string {
  const words = [row.download && "download", row.restricted && "certain viewers"];
  return words.filter(Boolean).join(", ");
}
