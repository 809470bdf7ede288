//! The window's commands. A command parses, calls one action and converts; words and decisions are the core's.

mod commands;
pub(crate) mod dto;
pub(crate) mod error;

/// Every command, by the name the page calls it.
pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    use commands::{attaching, connect, desk, links, live, recordings, rehearsal, sessions};
    tauri::generate_handler![
        desk::desk_status,
        desk::check_now,
        desk::settings_get,
        desk::settings_save,
        desk::page_shown,
        connect::connect_verify,
        connect::connect_save,
        connect::connect_forget,
        sessions::sessions_list,
        sessions::session_create,
        sessions::session_edit,
        sessions::session_cancel,
        sessions::session_start,
        sessions::session_rejoin,
        sessions::session_invite,
        sessions::session_end,
        live::live_list,
        live::recording_pause,
        live::recording_resume,
        recordings::recordings_list,
        recordings::recording_get,
        recordings::recording_retry,
        recordings::recording_play,
        recordings::recording_save,
        recordings::recordings_gone,
        recordings::recordings_remove,
        recordings::recordings_restore,
        attaching::attach_candidates,
        attaching::attach,
        attaching::failures_list,
        attaching::recording_evidence,
        links::link_make,
        links::links_list,
        rehearsal::rehearsal_get,
        rehearsal::rehearsal_begin,
        rehearsal::rehearsal_speed,
        rehearsal::rehearsal_fault,
        rehearsal::rehearsal_calm,
    ]
}
