import { api, asUserError, type CheckedTextDto, type RosterDto, type UserError, type Whom } from "../../ipc/client";
import { plural } from "../../lib/format";
import { Actions } from "../actions.svelte";
import { app } from "../app.svelte";
import { Resource } from "../async.svelte";
import { done, note } from "../toasts";

/** How long the pasted text rests before it is read, in milliseconds. */
const PAUSE_MS = 250;

export type RosterAction = "add" | "edit" | "remove" | "take" | "copy" | "qr" | "calendar" | "mails";

/** "1 person", "24 people". */
export const countPeople = (n: number): string => plural(n, "person", "people");

/** The people of one session: the list, the text that is being pasted, and the actions. */
export class RosterState {
  readonly roster: Resource<RosterDto>;
  readonly actions = new Actions<RosterAction>({ note: true });
  text = $state("");
  /** What an import of the text would do; null while the text is empty or was not read yet. */
  checked = $state.raw<CheckedTextDto | null>(null);
  checkError = $state.raw<UserError | null>(null);
  /** Whether a change also reaches the later classes of the series. */
  following = $state(false);
  readonly #session: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the readings: only the answer to the newest one is kept. */
  #readings = 0;

  constructor(session: string) {
    this.#session = session;
    this.roster = new Resource<RosterDto>(() => api.rosterGet(session), ["sessions"]);
  }

  /** Takes a text that was typed or pasted, and reads it after a pause. */
  type(text: string): void {
    this.text = text;
    this.checkError = null;
    this.#readings += 1;
    clearTimeout(this.#timer);
    if (text.trim()) this.#timer = setTimeout(() => void this.#read(), PAUSE_MS);
    else this.checked = null;
  }

  /** Stops reading a text that was typed last. */
  close(): void {
    clearTimeout(this.#timer);
    this.#readings += 1;
  }

  async #read(): Promise<void> {
    const reading = (this.#readings += 1);
    try {
      const checked = await api.rosterCheck(this.#session, this.text);
      if (reading === this.#readings) this.checked = checked;
    } catch (thrown) {
      if (reading !== this.#readings) return;
      this.checked = null;
      this.checkError = asUserError(thrown);
    }
  }

  /** Adds the people who were understood. Lines that were not are left out only if the person saw them. */
  add(leaveOut: boolean): Promise<boolean> {
    return this.actions.run("add", async () => {
      const added = this.checked?.new.length ?? 0;
      await api.rosterImport(this.#session, this.text, leaveOut, this.following);
      this.type("");
      done(`${countPeople(added)} added${this.#reach}.`);
    });
  }

  /** The words about the classes that a change reached. */
  get #reach(): string {
    return this.following ? " to this and all later classes" : "";
  }

  edit(id: string, name: string, email: string, role: "participant" | "host"): Promise<boolean> {
    return this.actions.run("edit", () => api.rosterEdit(this.#session, { id, name, email, role }, this.following));
  }

  remove(id: string): Promise<boolean> {
    return this.actions.run("remove", () => api.rosterRemove(this.#session, [id], this.following));
  }

  takeOver(from: string): Promise<boolean> {
    return this.actions.run("take", () => api.rosterTakeOver(this.#session, from, this.following));
  }

  copy(whom: Whom, name?: string): Promise<boolean> {
    return this.actions.run("copy", async () => {
      const { people, copied, local_only } = await api.rosterCopy(this.#session, whom);
      const what = name === undefined ? `The invitations of ${countPeople(people)}` : `The invitation of ${name}`;
      if (!copied) note(`${what} could not be copied.`, "Another program has the clipboard. Try again.");
      else done(`${what} ${people === 1 ? "is" : "are"} copied.`, local_only ? localOnly() : undefined);
    });
  }

  setMails(mailed: boolean): Promise<boolean> {
    return this.actions.run("mails", async () => {
      await api.sessionMailsSet(this.#session, mailed);
      await this.roster.refresh();
    });
  }

  saveCalendar(whom: Whom): Promise<boolean> {
    return this.actions.run("calendar", async () => {
      const { files, path } = await api.rosterSaveCalendar(this.#session, whom);
      done(files === 1 ? "The calendar file is saved." : `${files} calendar files are saved.`, path);
    });
  }
}

/** Says that an invitation opens here only, and why. */
export const localOnly = (): string =>
  app.desk.value?.mode === "sandbox"
    ? "It opens on this computer only, because this is the sandbox."
    : "It opens on this computer only, until a join page is set in Settings.";
