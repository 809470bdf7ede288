import { toast } from "svelte-sonner";
import ToastText from "../components/ToastText.svelte";
import type { IpcError } from "../ipc/bindings";

/** The same words again take the place of the first: nothing stacks up. */
function idOf(...words: (string | undefined)[]): string {
  return words.join("\n");
}

/** Says that something was done. */
export function done(message: string, description?: string): void {
  toast.success(ToastText, {
    id: idOf("done", message, description),
    componentProps: { message, description, kind: "done" },
  });
}

/** Says why nothing happened, and what to do. */
export function note(message: string, next: string): void {
  toast.info(ToastText, {
    id: idOf("note", message, next),
    componentProps: { message, description: next, kind: "note" },
  });
}

/** How long an undo is offered, in milliseconds. */
const TO_UNDO = 20_000;

/** Says that something was done that can be undone, and offers that for a while. */
export function undoable(message: string, description: string, undo: () => void, label = "Undo"): void {
  const action = {
    label,
    run: () => {
      toast.dismiss(id);
      undo();
    },
  };
  const id = toast.success(ToastText, {
    componentProps: { message, description, kind: "done", action },
    duration: TO_UNDO,
  });
}

/** Says what went wrong and what to do next; stays long enough to be read. */
export function problem(error: IpcError): void {
  toast.error(ToastText, {
    id: idOf("error", error.message, error.next),
    componentProps: { message: error.message, description: error.next, kind: "error" },
    duration: 12_000,
  });
}
