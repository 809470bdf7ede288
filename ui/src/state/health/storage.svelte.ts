import { app } from "../app.svelte";

export type StorageTab = "usage" | "rules" | "bin" | "archive";

/** The part of the view Storage that was shown last. */
export const storageView = $state<{ tab: StorageTab }>({ tab: "usage" });

/** Opens the view Storage at one of its parts. */
export function openStorage(tab: StorageTab): void {
  storageView.tab = tab;
  app.go("storage");
}
