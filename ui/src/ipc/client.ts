// The only module of the UI that speaks to the shell. Every call rejects with an `IpcError`.
import type {
  AttachedDto,
  AttachForm,
  BackupsDto,
  CandidateDto,
  ChangedDto,
  CloseQuestionDto,
  ComparedDto,
  ConnectForm,
  ConnectReportDto,
  CopyDto,
  DeskDto,
  EndedDto,
  EvidenceDto,
  FailuresDto,
  FaultForm,
  InviteDto,
  IpcError,
  LinkDto,
  LinkFileDto,
  LiveDto,
  MadeLinkDto,
  PlaybackDto,
  RecordingDetailDto,
  RecordingDto,
  RecordingsPage,
  RecordingsQuery,
  RehearsalDto,
  RestoredDto,
  RestorePreviewDto,
  RetriedAllDto,
  SavedDto,
  SessionDraft,
  SessionDto,
  SettingsDto,
  StartedDto,
  TodayDto,
  Topic,
} from "./bindings";
import { asIpcError, isIpcError } from "./errors";
import { defaultTransport, type Transport } from "./transport";

export type * from "./bindings";
export { asIpcError, isIpcError } from "./errors";
export type { Transport } from "./transport";

let transport: Transport | undefined;

/** Replaces the road to the shell; tests hand in their own. */
export function setTransport(next: Transport): void {
  transport = next;
}

function road(): Transport {
  transport ??= defaultTransport();
  return transport;
}

async function call<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return (await road().invoke(command, args)) as T;
  } catch (thrown) {
    throw asIpcError(thrown);
  }
}

export const api = {
  deskStatus: () => call<DeskDto>("desk_status"),
  sessionsList: (from: string | null, to: string | null) => call<SessionDto[]>("sessions_list", { from, to }),
  sessionCreate: (input: SessionDraft) => call<SessionDto>("session_create", { input }),
  sessionEdit: (id: string, input: SessionDraft) => call<SessionDto>("session_edit", { id, input }),
  sessionCancel: (id: string) => call<SessionDto>("session_cancel", { id }),
  sessionRestore: (id: string) => call<SessionDto>("session_restore", { id }),
  sessionStart: (id: string, early: boolean) => call<StartedDto>("session_start", { id, early }),
  sessionStartAgain: (id: string) => call<StartedDto>("session_start_again", { id }),
  sessionRejoin: (id: string) => call<StartedDto>("session_rejoin", { id }),
  sessionInvite: (id: string) => call<InviteDto>("session_invite", { id }),
  sessionEnd: (id: string) => call<EndedDto>("session_end", { id }),
  liveList: () => call<LiveDto[]>("live_list"),
  recordingPause: (sessionId: string) => call<LiveDto>("recording_pause", { sessionId }),
  recordingResume: (sessionId: string) => call<LiveDto>("recording_resume", { sessionId }),
  recordingsList: (query: RecordingsQuery) => call<RecordingsPage>("recordings_list", { query }),
  recordingGet: (id: string) => call<RecordingDetailDto>("recording_get", { id }),
  recordingRetry: (id: string) => call<RecordingDto>("recording_retry", { id }),
  recordingSave: (id: string) => call<SavedDto>("recording_save", { id }),
  recordingsGone: () => call<RecordingDto[]>("recordings_gone"),
  recordingsRemove: (ids: string[]) => call<RecordingDto[]>("recordings_remove", { ids }),
  recordingsRestore: (ids: string[]) => call<RecordingDto[]>("recordings_restore", { ids }),
  recordingPlay: (id: string) => call<PlaybackDto>("recording_play", { id }),
  recordingPlayTrouble: (id: string) => call<IpcError | null>("recording_play_trouble", { id }),
  recordingEvidence: (id: string) => call<EvidenceDto>("recording_evidence", { id }),
  attachCandidates: (sessionId: string) => call<CandidateDto[]>("attach_candidates", { sessionId }),
  attach: (sessionId: string, form: AttachForm, recordingId: string | null) =>
    call<AttachedDto>("attach", { sessionId, form, recordingId }),
  failuresList: () => call<FailuresDto>("failures_list"),
  linkMake: (recordingId: string, hours: number, download: boolean) =>
    call<MadeLinkDto>("link_make", { recordingId, hours, download }),
  linkFile: (linkId: string, copy: boolean) => call<LinkFileDto>("link_file", { linkId, copy }),
  linksList: () => call<LinkDto[]>("links_list"),
  connectVerify: (form: ConnectForm) => call<ConnectReportDto>("connect_verify", { form }),
  connectSave: (form: ConnectForm) => call<DeskDto>("connect_save", { form }),
  connectForget: () => call<DeskDto>("connect_forget"),
  accountOpen: () => call<DeskDto>("account_open"),
  accountSaved: () => call<string | null>("account_saved"),
  sandboxOpen: () => call<DeskDto>("sandbox_open"),
  deskRetry: () => call<DeskDto>("desk_retry"),
  checkNow: () => call<ComparedDto>("check_now"),
  settingsGet: () => call<SettingsDto>("settings_get"),
  settingsSave: (input: SettingsDto) => call<SettingsDto>("settings_save", { input }),
  backupsList: () => call<BackupsDto>("backups_list"),
  backupMake: () => call<CopyDto>("backup_make"),
  backupSave: () => call<SavedDto>("backup_save"),
  exportSave: () => call<SavedDto>("export_save"),
  backupPreview: (name: string) => call<RestorePreviewDto>("backup_preview", { name }),
  backupRestore: (name: string) => call<RestoredDto>("backup_restore", { name }),
  databaseBeginAnew: () => call<RestoredDto>("database_begin_anew"),
  rehearsalGet: () => call<RehearsalDto>("rehearsal_get"),
  rehearsalBegin: (name: string) => call<RehearsalDto>("rehearsal_begin", { name }),
  rehearsalSpeed: (factor: number) => call<RehearsalDto>("rehearsal_speed", { factor }),
  rehearsalFault: (form: FaultForm) => call<RehearsalDto>("rehearsal_fault", { form }),
  rehearsalCalm: () => call<RehearsalDto>("rehearsal_calm"),
  windowZoom: (percent: number) => call<null>("window_zoom", { percent }),
  today: () => call<TodayDto>("today"),
  failuresRetry: (cause: string) => call<RetriedAllDto>("failures_retry", { cause }),
  closeAsked: () => call<null>("close_asked"),
  closeAnyway: () => call<null>("close_anyway"),
};

/** Hears that the window is to be closed during a class; returns how to stop. */
export function onCloseAsked(cb: (question: CloseQuestionDto) => void): () => void {
  return road().listen("close_asked", (payload) => cb(payload as CloseQuestionDto));
}

/** Hears that somebody wants to see what is live; returns how to stop. */
export function onOpenToday(cb: () => void): () => void {
  return road().listen("open_today", cb);
}

/** Hears which topics changed and should be fetched again; returns how to stop. */
export function onChanged(cb: (topics: Topic[]) => void): () => void {
  return road().listen("changed", (payload) => cb((payload as ChangedDto).topics));
}

/** Hears that a notification or the tray asks for a recording to be shown; returns how to stop. */
export function onOpenRecording(cb: (id: string) => void): () => void {
  return road().listen("open_recording", (payload) => {
    if (typeof payload === "string") cb(payload);
  });
}

/** Hears what another start of the app asked for in vain; returns how to stop. */
export function onNotice(cb: (notice: IpcError) => void): () => void {
  return road().listen("notice", (payload) => {
    if (isIpcError(payload)) cb(payload);
  });
}
