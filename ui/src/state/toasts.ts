import { toast } from "svelte-sonner";
import ToastText from "../components/ToastText.svelte";
import type { IpcError } from "../ipc/bindings";

/** Says that something was done. */
export function done(message: string, description?: string): void {
  toast.success(ToastText, { componentProps: { message, description, kind: "done" } });
}

/** How long an undo is offered, in milliseconds. */
const TO_UNDO = 20_000;

/** Says that something was done that can be undone, and offers that for a while. */
export function undoable(message: string, description: string, undo: () => void): void {
  const action = {
    label: "Undo",
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
    componentProps: { message: error.message, description: error.next, kind: "error" },
    duration: 12_000,
  });
}
