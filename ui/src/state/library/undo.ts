import { undoNewest } from "../schedule/undo";
import { note } from "../toasts";

/** Undoes the newest change that was made in this window. */
export async function undoLibrary(): Promise<void> {
  if ((await undoNewest()) === "nothing") {
    note(
      "There is nothing to undo",
      "Changes of titles, notes, tags and views can be undone here after they were made.",
    );
  }
}
