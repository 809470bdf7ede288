import { toast } from "svelte-sonner";
import ToastText from "../components/ToastText.svelte";
import type { UserError } from "../ipc/client";

// Toasts are a queue of the whole window, shown by the one <Toaster> in App.svelte; svelte-sonner keeps it in its own module.

/** An id made of the words, so that a toast replaces an earlier one with the same words. */
function idOf(...words: (string | undefined)[]): string {
  return words.join("\n");
}

/** Reports success. */
export function done(message: string, description?: string): void {
  toast.success(ToastText, {
    id: idOf("done", message, description),
    componentProps: { message, description, kind: "done" },
  });
}

/** Says why a command did nothing, and what to do. */
export function note(message: string, next: string): void {
  toast.info(ToastText, {
    id: idOf("note", message, next),
    componentProps: { message, description: next, kind: "note" },
  });
}

/** How long an undo is offered, in milliseconds. */
const UNDO_OFFER_MS = 20_000;
/** How long a failure stays on the screen, in milliseconds: longer than other toasts, because it takes longer to read. */
const PROBLEM_MS = 12_000;

/** Reports success and offers to undo it. Returns how to take the offer back. */
export function undoable(message: string, description: string, undo: () => void, label = "Undo"): () => void {
  const action = {
    label,
    run: () => {
      toast.dismiss(id);
      undo();
    },
  };
  const id = toast.success(ToastText, {
    componentProps: { message, description, kind: "done", action },
    duration: UNDO_OFFER_MS,
  });
  return () => toast.dismiss(id);
}

/** Reports a failure and what to do next. */
export function problem(error: UserError): void {
  toast.error(ToastText, {
    id: idOf("error", error.message, error.next),
    componentProps: { message: error.message, description: error.next, kind: "error", code: error.code },
    duration: PROBLEM_MS,
  });
}
