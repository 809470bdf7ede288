//! The window's commands. A command parses, calls one action and converts; words and decisions are the core's.

mod commands;
pub(crate) mod dto;
pub(crate) mod error;

use hajime_core::supervisor::Supervisor;

use error::IpcError;

/// Every command, by the name the page calls it.
pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    use commands::{attaching, backups, connect, desk, links, live, recordings, rehearsal, sessions};
    tauri::generate_handler![
        desk::desk_status,
        desk::check_now,
        desk::settings_get,
        desk::settings_save,
        desk::window_zoom,
        desk::today,
        desk::failures_retry,
        desk::close_asked,
        desk::close_anyway,
        connect::connect_verify,
        connect::connect_save,
        connect::connect_forget,
        connect::account_open,
        connect::desk_retry,
        connect::account_saved,
        connect::sandbox_open,
        sessions::sessions_list,
        sessions::session_create,
        sessions::session_edit,
        sessions::session_cancel,
        sessions::session_restore,
        sessions::session_start,
        sessions::session_start_again,
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
        recordings::recording_play_trouble,
        recordings::recording_save,
        recordings::recordings_gone,
        recordings::recordings_remove,
        recordings::recordings_restore,
        attaching::attach_candidates,
        attaching::attach,
        attaching::failures_list,
        attaching::recording_evidence,
        links::link_make,
        links::link_file,
        links::links_list,
        backups::backups_list,
        backups::backup_make,
        backups::backup_save,
        backups::export_save,
        backups::backup_preview,
        backups::backup_restore,
        backups::database_begin_anew,
        rehearsal::rehearsal_get,
        rehearsal::rehearsal_begin,
        rehearsal::rehearsal_speed,
        rehearsal::rehearsal_fault,
        rehearsal::rehearsal_calm,
    ]
}

/// Does what a command is for. A panic in it becomes an answer too: the page that waits is told, and the log says where it was.
pub(crate) async fn answered<T>(work: impl Future<Output = Result<T, IpcError>>) -> Result<T, IpcError> {
    let done = Supervisor::default().caught("answering the window", work).await;
    done.unwrap_or_else(|_| Err(IpcError::internal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_panics_answers_with_an_error() {
        let answer: Result<(), IpcError> = answered(async { panic!("overflow when adding duration to instant") }).await;
        let answer = serde_json::to_value(answer.unwrap_err()).unwrap();
        assert_eq!(answer["code"], "internal");
        assert!(!answer.to_string().contains("overflow"), "{answer}");
    }

    #[tokio::test]
    async fn a_command_that_is_done_answers_with_what_it_did() {
        assert_eq!(answered(async { Ok(2) }).await.unwrap(), 2);
    }

    #[test]
    fn every_command_is_declared_so_that_it_always_answers() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/src/ipc/commands");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let source = std::fs::read_to_string(&path).unwrap();
            let plain = source.contains("#[tauri::command") || source.contains("use tauri::command");
            assert!(!plain, "{}: use #[hajime_macros::command] in place of tauri’s", path.display());
        }
    }
}
