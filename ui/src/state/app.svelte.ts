import { untrack } from "svelte";
import { api, onChanged, onOpenRecording, type DeskDto, type SessionDto } from "../ipc/client";
import { Resource } from "./async.svelte";
import { isTyping, matchesKeys } from "./keys";

export type View = "today" | "schedule" | "recordings" | "links" | "settings";

export type GoOptions = { recordingId?: string; newSession?: boolean; connect?: boolean };

/** Something the app can do from the palette, and by keys when it has some. */
export type Command = {
  id: string;
  title: string;
  /** "n", "/", "ctrl+shift+e"; shown with the title. */
  keys?: string;
  run: () => void;
  /** Left out of the palette, and deaf, while this says no. */
  when?: () => boolean;
};

export type SessionDialogState = { open: false } | { open: true; session: SessionDto | null };

/** What the whole window shares: where one is, what is chosen, what can be done. */
export class AppState {
  view = $state<View>("today");
  selectedRecording = $state<string | null>(null);
  /** Set by "Connect a Cloudflare account"; Settings opens its form and puts it back. */
  connectAsked = $state(false);
  sessionDialog = $state.raw<SessionDialogState>({ open: false });
  paletteOpen = $state(false);
  shortcutsOpen = $state(false);
  /** While Cloudflare is asked because somebody wants to know now. */
  checking = $state(false);
  now = $state.raw(new Date());
  readonly desk = new Resource<DeskDto>(() => api.deskStatus());
  #commands = $state.raw<Command[]>([]);

  /** Whether Cloudflare could not be reached when it was last asked. */
  get offline(): boolean {
    return this.desk.value?.sync_error?.code === "offline";
  }

  /** Every registered command, the oldest first. */
  get commands(): Command[] {
    return this.#commands;
  }

  /** The commands that can be used right now. */
  get usable(): Command[] {
    return this.#commands.filter((command) => command.when?.() ?? true);
  }

  go(view: View, options: GoOptions = {}): void {
    this.view = view;
    if (options.recordingId !== undefined) this.selectedRecording = options.recordingId;
    if (options.connect) this.connectAsked = true;
    if (options.newSession) this.openSessionDialog();
  }

  openSessionDialog(session?: SessionDto): void {
    this.sessionDialog = { open: true, session: session ?? null };
  }

  closeSessionDialog(): void {
    this.sessionDialog = { open: false };
  }

  /** Adds a command; the returned function takes it away again. The newest of the same id counts. */
  registerCommand(command: Command): () => void {
    // Untracked: an effect that registers a command must not run again because of it.
    const others = untrack(() => this.#commands).filter((other) => other.id !== command.id);
    this.#commands = [...others, command];
    return () => {
      this.#commands = untrack(() => this.#commands).filter((other) => other !== command);
    };
  }

  /** Runs the command whose keys were pressed. Letters stay letters where one is typing or a dialog is open. */
  handleKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const withModifier = event.ctrlKey || event.metaKey;
    if (!withModifier && (isTyping(event) || document.querySelector("[role=dialog], [role=alertdialog]"))) return;
    const command = this.usable.findLast((candidate) => candidate.keys && matchesKeys(event, candidate.keys));
    if (!command) return;
    event.preventDefault();
    command.run();
  }

  /** Starts the clock, the first look at the desk and the ear for changes; the returned function ends them. */
  start(): () => void {
    this.now = new Date();
    const clock = setInterval(() => (this.now = new Date()), 1000);
    void this.desk.refresh();
    const stopChanged = onChanged(() => void this.desk.refresh());
    const stopOpen = onOpenRecording((id) => this.go("recordings", { recordingId: id }));
    return () => {
      clearInterval(clock);
      stopChanged();
      stopOpen();
    };
  }
}

export const app = new AppState();

/** Shorthand for `app.registerCommand`. */
export const registerCommand = (command: Command): (() => void) => app.registerCommand(command);
