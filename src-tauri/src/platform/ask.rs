//! Questions in a dialog of the operating system. The page can neither read such a dialog nor press its buttons.

use std::path::PathBuf;

use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons, MessageDialogKind};
use tokio::sync::oneshot;
use url::Url;

/// Asks whether invitations may open at this address. Returns false if the dialog or the window is closed without a
/// yes.
pub(crate) async fn join_page(app: &AppHandle, page: &Url) -> bool {
    let host = page.host_str().unwrap_or_default();
    let text = format!(
        "From now on, everybody you invite opens\n{page}\n\nWhoever runs {host} can see each invitation and use it to join your \
         classes. Go on only if you chose this address yourself."
    );
    confirmed(app, format!("Invite people to {host}?"), text).await
}

/// Whether a server is told of recordings from now on.
pub(crate) async fn receiver(app: &AppHandle, address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    let text = format!(
        "From now on, Hajime tells\n{address}\n\nwhich recordings are ready and which failed. Go on only if you chose this address yourself."
    );
    confirmed(app, format!("Tell {host} of recordings?"), text).await
}

/// Whether a channel in Slack is told of recordings from now on. Its address is a secret and is not shown.
pub(crate) async fn slack(app: &AppHandle) -> bool {
    let text = "From now on, Hajime posts the titles of recordings to the Slack channel whose address was entered. Go on only if you \
                entered it yourself.";
    confirmed(app, "Post to Slack?".to_owned(), text.to_owned()).await
}

/// Whether letters go through this mail server from now on.
pub(crate) async fn mail_server(app: &AppHandle, host: &str) -> bool {
    let text = format!(
        "From now on, Hajime hands its letters to the mail server\n{host}\n\nWhoever runs it can read them and the links in them. Go on \
         only if you entered this server yourself."
    );
    answered(app, format!("Send mail through {host}?"), text, "Use this server").await
}

/// The file of a signing key, chosen in a dialog of the system; `None` if no file was chosen.
pub(crate) async fn key_file(app: &AppHandle) -> Option<PathBuf> {
    let (hear, answer) = oneshot::channel();
    let dialog =
        app.dialog().file().set_title("Import a signing key").add_filter("Keys", &["pem", "key", "jwk", "json", "txt"]);
    dialog.add_filter("All files", &["*"]).pick_file(move |file| {
        // Fails if the window was closed meanwhile: the command that waited for the file has then ended.
        let _ = hear.send(file);
    });
    answer.await.ok().flatten()?.into_path().ok()
}

/// A folder, chosen in a dialog of the system; `None` if none was chosen.
pub(crate) async fn folder(app: &AppHandle, title: &str) -> Option<PathBuf> {
    let (hear, answer) = oneshot::channel();
    app.dialog().file().set_title(title).pick_folder(move |folder| {
        // Fails if the window was closed meanwhile: the command that waited for the folder has then ended.
        let _ = hear.send(folder);
    });
    answer.await.ok().flatten()?.into_path().ok()
}

/// A file to save something as, chosen in a dialog of the system; `None` if none was chosen. The dialog asks before a file that
/// exists is chosen.
pub(crate) async fn new_file(app: &AppHandle, title: &str, name: &str) -> Option<PathBuf> {
    let (hear, answer) = oneshot::channel();
    app.dialog().file().set_title(title).set_file_name(name).save_file(move |file| {
        // Fails if the window was closed meanwhile: the command that waited for the file has then ended.
        let _ = hear.send(file);
    });
    answer.await.ok().flatten()?.into_path().ok()
}

async fn confirmed(app: &AppHandle, title: String, text: String) -> bool {
    answered(app, title, text, "Use this address").await
}

/// Whether the question was answered with these words.
async fn answered(app: &AppHandle, title: String, text: String, yes: &str) -> bool {
    let (answer, answered) = oneshot::channel();
    let mut question = app
        .dialog()
        .message(text)
        .title(title)
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom(yes.into(), "Cancel".into()));
    if let Some(window) = app.get_webview_window("main") {
        question = question.parent(&window);
    }
    question.show(|yes| {
        // Fails if the window was closed meanwhile: the command that waited for the answer has then ended.
        let _ = answer.send(yes);
    });
    answered.await.unwrap_or(false)
}
