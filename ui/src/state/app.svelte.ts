import { untrack } from "svelte";
import {
  api,
  onChanged,
  onNotice,
  onOpenRecording,
  onOpenSession,
  onOpenAlerts,
  onOpenToday,
  type DeskDto,
  type SessionDto,
} from "../ipc/client";
import { useSystemLocale } from "../lib/locale";
import type { View } from "../views";
import { Resource } from "./async.svelte";
import { everyFull, MINUTE_MS } from "./clock.svelte";
import type { Narrowing } from "./library/narrowing";
import { isTyping, matchesKeys, writesKeys } from "./keys";
import { note, problem } from "./toasts";

export type GoOptions = {
  recordingId?: string;
  newSession?: boolean;
  connect?: boolean;
  /** Moves to the RealtimeKit app in Settings. */
  app?: boolean;
  /** Moves to the join page in Settings. */
  joinPage?: boolean;
  search?: boolean;
  /** The tab of Health. */
  health?: HealthTab;
  /** What the list of recordings is narrowed to. */
  narrowing?: Narrowing;
};

export type HealthTab = "overview" | "alerts" | "rules" | "jobs";

/** A session that was held, or one of its recordings, as far as its history needs it. */
export type HeldSession = { id: string; title: string };

/** Why a command cannot run right now, and what to do about it. */
export type Obstacle = { message: string; next: string };

type CommandBase = {
  id: string;
  title: string;
  run: () => void;
  /** The permission that it needs. Where the role of the desk lacks it, the palette leaves it out. */
  needs?: string;
  /** Why the command cannot run right now; undefined if it can. Shown instead of running it. */
  obstacle?: () => Obstacle | undefined;
};

/**
 * Something a person can run from the palette, and by keys if it has some. A command with keys always answers: where it cannot run,
 * it shows its obstacle.
 */
export type Command =
  | (CommandBase & {
      /** "n", "/", "ctrl+shift+e"; shown with the title. */
      keys: string;
      /** Other keys that do the same. */
      also?: readonly string[];
      /** Works also while a dialog is open. */
      inDialogs?: boolean;
      /** Works also while a question is open. */
      inQuestions?: boolean;
      when?: undefined;
    })
  | (CommandBase & {
      keys?: undefined;
      also?: undefined;
      inDialogs?: undefined;
      inQuestions?: undefined;
      /** Whether the palette lists the command; without it, always. */
      when?: () => boolean;
    });

/** A day, `YYYY-MM-DD`, and minutes since midnight in the viewer's zone, and what else is known of the class that is made there. */
export type Slot = { day: string; minutes: number; length?: number; title?: string; record?: boolean; rule?: string };

/** The form of a session: `session` is edited; without one, a new session is a copy of `like` or starts at `slot`. */
export type SessionDialogState =
  { open: false } | { open: true; session: SessionDto | null; like?: SessionDto; slot?: Slot };

/** What is said where the role of the desk does not allow a command. */
const NOT_ALLOWED: Obstacle = {
  message: "The role of this desk does not allow this.",
  next: "Ask an admin, or switch the role in Settings with the admin passphrase.",
};

const accountOf = (desk: DeskDto): string => `${desk.mode} ${desk.account_id}`;

/**
 * What the whole window shares: the view on show, the selected recording, the open dialogs and the commands.
 *
 * There is one window and so one `app`, in this module rather than in a Svelte context: commands, undo offers and stores read it long
 * after the components that made them were set up, when a context can no longer be read.
 */
export class AppState {
  view = $state<View>("today");
  selectedRecording = $state<string | null>(null);
  /** Set by "Connect a Cloudflare account". Settings then moves the focus to the form and sets this to false. */
  connectAsked = $state(false);
  /** Set by "Choose the app". Settings then moves to the card of the app and sets this to false. */
  appAsked = $state(false);
  /** Set by "Go to the join page". Settings then moves to the card of the join page and sets this to false. */
  joinPageAsked = $state(false);
  /** Set by "Search recordings". Recordings then moves the focus to its search field and sets this to false. */
  searchAsked = $state(false);
  /** The tab of Health. It is kept while other views are on show. */
  healthTab = $state<HealthTab>("overview");
  /** What another view narrows the list of recordings to, until Recordings takes it. */
  #narrowing: Narrowing = {};
  /** The session that the schedule opens next. The schedule then sets this to null. */
  sessionAsked = $state.raw<SessionDto | null>(null);
  sessionDialog = $state.raw<SessionDialogState>({ open: false });
  /** The session whose people are shown; null while they are not. */
  rosterOf = $state.raw<SessionDto | null>(null);
  /** The session whose history is shown; null while it is not. */
  historyOf = $state.raw<HeldSession | null>(null);
  paletteOpen = $state(false);
  shortcutsOpen = $state(false);
  /** Whether a check with Cloudflare that a person asked for is running. */
  checking = $state(false);
  /** The time, updated at every full minute and at every change. Text that shows seconds reads `second()` of the clock instead. */
  now = $state.raw(new Date());
  // The desk counts the live sessions and the recordings, so it changes with both.
  readonly desk = new Resource<DeskDto>(async () => {
    const desk = await api.deskStatus();
    // Set before the first view shows a date.
    useSystemLocale(desk.locale);
    // The open recording belongs to the account that was open before.
    if (this.account !== undefined && this.account !== accountOf(desk)) this.selectedRecording = null;
    return desk;
  }, ["desk", "sessions", "recordings"]);
  #commands = $state.raw<Command[]>([]);

  /** The account that is open, which may be the sandbox; undefined until the desk was fetched. */
  get account(): string | undefined {
    return this.desk.value && accountOf(this.desk.value);
  }

  /** Whether the role of the desk has a permission. Before the desk is known, it does: the core decides anyway. */
  may(permission: string): boolean {
    return this.desk.value?.may.includes(permission) ?? true;
  }

  /** Whether the last request to Cloudflare found no network. */
  get offline(): boolean {
    return this.desk.value?.sync_error?.code === "offline";
  }

  /** Every registered command, in the order of registration. */
  get commands(): Command[] {
    return this.#commands;
  }

  /** The commands that the palette lists right now. */
  get usable(): Command[] {
    return this.#commands.filter(({ needs, when }) => (needs === undefined || this.may(needs)) && (when?.() ?? true));
  }

  go(view: View, options: GoOptions = {}): void {
    this.view = view;
    if (options.recordingId !== undefined) this.selectedRecording = options.recordingId;
    if (options.connect) this.connectAsked = true;
    if (options.app) this.appAsked = true;
    if (options.joinPage) this.joinPageAsked = true;
    if (options.search) this.searchAsked = true;
    if (options.health) this.healthTab = options.health;
    if (options.narrowing) {
      this.#narrowing = options.narrowing;
      this.selectedRecording = null;
    }
    if (options.newSession) this.openSessionDialog();
  }

  /** How to show the view that the core names; undefined where there is none, or where the role of the desk may not use it. */
  wayTo(view: string): (() => void) | undefined {
    return this.usable.find((command) => command.id === `go-${view}`)?.run;
  }

  /** What the list of recordings begins with; it is taken once. */
  takeNarrowing(): Narrowing {
    const taken = this.#narrowing;
    this.#narrowing = {};
    return taken;
  }

  /** Leaves the sandbox for the connected account. If that fails, the start page shows why. */
  async openAccount(): Promise<void> {
    await api.accountOpen().catch(() => undefined);
    await this.desk.refresh();
  }

  /** Shows a session where a person can act on it: on Today while it is live, else in its week of the schedule. */
  showSession(session: SessionDto): void {
    if (session.status === "live" || session.status === "starting" || session.status === "ending") {
      this.go("today");
      return;
    }
    this.sessionAsked = session;
    this.go("schedule");
  }

  /** Opens the form to edit a session, or to schedule one. */
  openSessionDialog(session?: SessionDto): void {
    this.sessionDialog = { open: true, session: session ?? null };
  }

  /** Opens the form for a session that starts at this time. */
  openSessionDialogAt(slot: Slot): void {
    this.sessionDialog = { open: true, session: null, slot };
  }

  /** Opens the form for a copy of this session. */
  duplicateSession(like: SessionDto): void {
    this.sessionDialog = { open: true, session: null, like };
  }

  closeSessionDialog(): void {
    this.sessionDialog = { open: false };
  }

  /** Shows the people of a session and their invitations. */
  openRoster(session: SessionDto): void {
    this.rosterOf = session;
  }

  closeRoster(): void {
    this.rosterOf = null;
  }

  /** Shows what became of a session. */
  openHistory(session: HeldSession): void {
    this.historyOf = session;
  }

  closeHistory(): void {
    this.historyOf = null;
  }

  /** Adds a command, in place of one with the same id; the returned function removes it. */
  registerCommand(command: Command): () => void {
    // Untracked: otherwise an effect that registers a command would depend on the commands and run again.
    const others = untrack(() => this.#commands).filter((other) => other.id !== command.id);
    this.#commands = [...others, command];
    return () => {
      this.#commands = untrack(() => this.#commands).filter((other) => other !== command);
    };
  }

  /** Runs a command, or shows its obstacle. */
  run(command: Command): void {
    const allowed = command.needs === undefined || this.may(command.needs);
    const obstacle = allowed ? command.obstacle?.() : NOT_ALLOWED;
    if (obstacle) note(obstacle.message, obstacle.next);
    else command.run();
  }

  /** Runs the command of a key press. Keys without Ctrl are ignored in text fields, and most keys while a dialog is open. */
  handleKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const withModifier = event.ctrlKey || event.metaKey;
    if (!withModifier && isTyping(event)) return;
    const pressed = (matches: typeof matchesKeys) =>
      this.commands.findLast(
        (one) => one.keys !== undefined && [one.keys, ...(one.also ?? [])].some((keys) => matches(event, keys)),
      );
    // The character comes before the position: on a Czech keyboard the key of the digit 1 writes the plus sign.
    const command = pressed(writesKeys) ?? pressed(matchesKeys);
    if (!command) return;
    if (!command.inDialogs && document.querySelector("[role=dialog]")) return;
    if (!command.inQuestions && document.querySelector("[role=alertdialog]")) return;
    event.preventDefault();
    this.run(command);
  }

  /** Starts the clock, fetches the desk and listens for events of the shell; the returned function stops that. */
  start(): () => void {
    this.now = new Date();
    const tick = () => (this.now = new Date());
    const stops = [
      everyFull(MINUTE_MS, tick),
      onChanged(tick),
      this.desk.open(),
      onOpenRecording((id) => this.go("recordings", { recordingId: id })),
      onNotice(problem),
      onOpenSession((session) => this.showSession(session)),
      onOpenAlerts(() => this.go("health", { health: "alerts" })),
      onOpenToday(() => this.go("today")),
    ];
    return () => stops.forEach((stop) => stop());
  }
}

export const app = new AppState();

/** Shorthand for `app.registerCommand`. */
export const registerCommand = (command: Command): (() => void) => app.registerCommand(command);
