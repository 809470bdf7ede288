import { untrack } from "svelte";
import { api, onChanged, onNotice, onOpenRecording, onOpenToday, type DeskDto, type SessionDto } from "../ipc/client";
import { useSystemLocale } from "../lib/locale";
import { Resource } from "./async.svelte";
import { everyFull, MINUTE } from "./clock.svelte";
import { isTyping, matchesKeys, writesKeys } from "./keys";
import { note, problem } from "./toasts";

export type View = "today" | "schedule" | "recordings" | "links" | "settings";

export type GoOptions = {
  recordingId?: string;
  newSession?: boolean;
  connect?: boolean;
  search?: boolean;
};

/** Why something cannot be done right now, and what to do about it. */
export type Obstacle = { message: string; next: string };

type Doing = {
  id: string;
  title: string;
  run: () => void;
  /** What stands in the way; it is said instead of running. */
  obstacle?: () => Obstacle | undefined;
};

/**
 * Something the app can do from the palette, and by keys when it has some. Whoever presses a key gets an answer: a command with
 * keys is never deaf, it says what stands in the way.
 */
export type Command =
  | (Doing & {
      /** "n", "/", "ctrl+shift+e"; shown with the title. */
      keys: string;
      /** Other keys that do the same. */
      also?: readonly string[];
      /** Works also while a dialog is open. */
      inDialogs?: boolean;
      /** Works also while a question waits for its answer. */
      inQuestions?: boolean;
      when?: undefined;
    })
  | (Doing & {
      keys?: undefined;
      also?: undefined;
      inDialogs?: undefined;
      inQuestions?: undefined;
      /** Left out of the palette while this says no. */
      when?: () => boolean;
    });

/** The session that is edited, or the one that a new session begins as a copy of. */
export type SessionDialogState = { open: false } | { open: true; session: SessionDto | null; like?: SessionDto };

const accountOf = (desk: DeskDto): string => `${desk.mode} ${desk.account_id}`;

/** What the whole window shares: where one is, what is chosen, what can be done. */
export class AppState {
  view = $state<View>("today");
  selectedRecording = $state<string | null>(null);
  /** Set by "Connect a Cloudflare account"; Settings opens its form and puts it back. */
  connectAsked = $state(false);
  /** Set by "Search recordings"; Recordings moves the keyboard to its search and puts it back. */
  searchAsked = $state(false);
  /** A class that the schedule shall show; the schedule puts it back. */
  sessionAsked = $state.raw<SessionDto | null>(null);
  sessionDialog = $state.raw<SessionDialogState>({ open: false });
  paletteOpen = $state(false);
  shortcutsOpen = $state(false);
  /** While Cloudflare is asked because somebody wants to know now. */
  checking = $state(false);
  /** The time, to the minute, and anew with every change: what shows seconds reads `second()` of the clock. */
  now = $state.raw(new Date());
  readonly desk = new Resource<DeskDto>(async () => {
    const desk = await api.deskStatus();
    // Before any view is there to show a date.
    useSystemLocale(desk.locale);
    // A recording that is open in one account is not there in another.
    if (this.account !== undefined && this.account !== accountOf(desk)) this.selectedRecording = null;
    return desk;
  });
  #commands = $state.raw<Command[]>([]);

  /** Which account one is in, the sandbox being one of them; undefined until the desk is known. */
  get account(): string | undefined {
    return this.desk.value && accountOf(this.desk.value);
  }

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
    if (options.search) this.searchAsked = true;
    if (options.newSession) this.openSessionDialog();
  }

  /** Leaves the sandbox for the connected account. Why that is not possible takes the place of the desk. */
  async openAccount(): Promise<void> {
    await api.accountOpen().catch(() => undefined);
    await this.desk.refresh();
  }

  /** Shows a class where it can be acted on: while it is on, on Today, else in its week. */
  showClass(session: SessionDto): void {
    if (session.status === "live" || session.status === "starting" || session.status === "ending") {
      this.go("today");
      return;
    }
    this.sessionAsked = session;
    this.go("schedule");
  }

  openSessionDialog(session?: SessionDto): void {
    this.sessionDialog = { open: true, session: session ?? null };
  }

  /** Opens the form for another session like this one. */
  duplicateSession(like: SessionDto): void {
    this.sessionDialog = { open: true, session: null, like };
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

  /** Runs a command, or says what stands in its way. */
  run(command: Command): void {
    const obstacle = command.obstacle?.();
    if (obstacle) note(obstacle.message, obstacle.next);
    else command.run();
  }

  /** Runs the command whose keys were pressed. Letters stay letters where one is typing; an open dialog keeps its keys. */
  handleKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const withModifier = event.ctrlKey || event.metaKey;
    if (!withModifier && isTyping(event)) return;
    const pressed = (matches: typeof matchesKeys) =>
      this.commands.findLast(
        (one) => one.keys !== undefined && [one.keys, ...(one.also ?? [])].some((keys) => matches(event, keys)),
      );
    // What a key writes counts before its place: on a Czech keyboard the key of the digit 1 writes the plus sign.
    const command = pressed(writesKeys) ?? pressed(matchesKeys);
    if (!command) return;
    if (!command.inDialogs && document.querySelector("[role=dialog]")) return;
    if (!command.inQuestions && document.querySelector("[role=alertdialog]")) return;
    event.preventDefault();
    this.run(command);
  }

  /** Starts the clock, the first look at the desk and the ear for changes; the returned function ends them. */
  start(): () => void {
    this.now = new Date();
    const look = () => (this.now = new Date());
    const stopClock = everyFull(MINUTE, look);
    void this.desk.refresh();
    const stopChanged = onChanged(() => {
      look();
      void this.desk.refresh();
    });
    const stopOpen = onOpenRecording((id) => this.go("recordings", { recordingId: id }));
    const stopNotice = onNotice(problem);
    const stopToday = onOpenToday(() => this.go("today"));
    return () => {
      stopClock();
      stopNotice();
      stopChanged();
      stopOpen();
      stopToday();
    };
  }
}

export const app = new AppState();

/** Shorthand for `app.registerCommand`. */
export const registerCommand = (command: Command): (() => void) => app.registerCommand(command);
