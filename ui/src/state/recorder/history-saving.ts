import { api, type SavedDto, type TextFormat, type TextKind } from "../../ipc/client";
import { bytes } from "../../lib/format";
import { Actions } from "../actions.svelte";
import { done } from "../toasts";

/** Saves what is known of a class as files. */
export class HistorySaving {
  readonly actions = new Actions({ note: true });
  readonly #session: string;

  constructor(session: string) {
    this.#session = session;
  }

  isBusy(key: "people" | `${TextKind} ${TextFormat}`): boolean {
    return this.actions.isBusy(key);
  }

  people(): Promise<boolean> {
    return this.actions.run("people", async () => report("List", await api.sessionAttendanceSave(this.#session)));
  }

  text(kind: TextKind, format: TextFormat): Promise<boolean> {
    const what = kind === "chat" ? "Chat" : "Transcript";
    return this.actions.run(`${kind} ${format}`, async () =>
      report(what, await api.sessionTextSave(this.#session, kind, format)),
    );
  }
}

function report(what: string, saved: SavedDto) {
  done(`${what} saved`, `${saved.path}, ${bytes(saved.bytes)}`);
}
