import { api, asUserError, type BulkDto, type RecordingsQuery } from "../../ipc/client";
import { count, countRecordings } from "../../lib/format";
import { offerUndoOf } from "../schedule/undo";
import { done, problem } from "../toasts";

/** The recordings that a change is about: those with these ids, or all that a query finds without some. */
export type Chosen = { ids: readonly string[]; matching?: RecordingsQuery | null; except?: readonly string[] };

function tell(result: BulkDto, message: string, title?: string): BulkDto {
  const what = title !== undefined && result.changed === 1 ? title : countRecordings(result.changed);
  const refused = result.refused.length > 0 ? ` ${count(result.refused.length)} could not be changed.` : "";
  if (result.change) offerUndoOf(result.change, `${message}: ${what}`, message, `${what}.${refused}`);
  return result;
}

/** Puts recordings in the bin and offers to undo it. What was refused is in the answer. */
export async function putInBin({ ids, matching = null, except = [] }: Chosen, title?: string): Promise<BulkDto> {
  return tell(await api.recordingsBin([...ids], matching, [...except]), "In the bin", title);
}

/** Keeps recordings forever and offers to undo it. What was refused is in the answer. */
export async function keepForever({ ids, matching = null, except = [] }: Chosen, title?: string): Promise<BulkDto> {
  return tell(await api.recordingsKeep([...ids], matching, [...except]), "Kept forever", title);
}

/** Takes a recording out of the bin, or keeps it forever no longer. Says so as a toast. */
export async function restore(recording: { id: string; title: string; kept: boolean }): Promise<void> {
  try {
    const { refused } = await api.recordingsRestore([recording.id]);
    if (refused[0]) problem(refused[0].error);
    else done(recording.kept ? "No longer kept forever" : "Out of the bin", recording.title);
  } catch (thrown) {
    problem(asUserError(thrown));
  }
}
