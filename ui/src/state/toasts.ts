import { toast } from "svelte-sonner";
import ToastText from "../components/ToastText.svelte";
import type { IpcError } from "../ipc/bindings";

/** Says that something was done. */
export function done(message: string, description?: string): void {
  toast.success(ToastText, { componentProps: { message, description, kind: "done" } });
}

/** Says what went wrong and what to do next; stays long enough to be read. */
export function problem(error: IpcError): void {
  toast.error(ToastText, {
    componentProps: { message: error.message, description: error.next, kind: "error" },
    duration: 12_000,
  });
}
