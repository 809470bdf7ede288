//! What support may read holds no secret, no name and no address, whatever people wrote.

use std::path::Path;

use hajime_core::actions::health::diagnostics;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::invitations;
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::domain::profile::job_status::{JobError, JobStatus};
use hajime_core::domain::schedule::roster::Present;
use rusqlite::Connection;
use secrecy::ExposeSecret as _;

use crate::command_line::{printed, run};
use crate::support::{Cloud, TestDesk, token_in};

/// Names that stand everywhere where people can write.
const NAMES: [&str; 7] = [
    "Grace Hopper",
    "Ada Lovelace",
    "Zörgenfried",
    "Quillendorf",
    "Private lesson",
    "Wubbelkamp",
    "ada.lovelace@wwmaa.example",
];

/// Writes names into every table that has a place for them.
fn fill(folder: &Path, session: &str) {
    let database = Connection::open(folder.join("hajime.db")).unwrap();
    database
        .execute_batch(&format!(
            "INSERT OR REPLACE INTO settings (key, value) VALUES ('instructor', 'Zörgenfried');
             UPDATE sessions SET instructor = 'Zörgenfried' WHERE id = '{session}';
             INSERT INTO holidays (id, first_day, last_day, reason, created_at) VALUES ('h', '2026-01-01', '2026-01-01', 'Wubbelkamp', 0);
             INSERT INTO chat_lines (session, n, at, name, text) VALUES ('{session}', 1, 0, 'Quillendorf', 'Wubbelkamp https://secret.example/?token=abc');
             INSERT INTO archive_places (id, name, place, created_at) VALUES ('p', 'Wubbelkamp', '{{}}', 0);"
        ))
        .unwrap();
    database.execute("DELETE FROM archive_places", []).unwrap();
}

#[tokio::test]
async fn the_text_has_no_name_no_address_no_id_and_no_secret() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Private lesson for Grace Hopper");
    let ada = "Ada Lovelace <ada.lovelace@wwmaa.example>";
    roster::import(&desk.context, session.id, ada, Present::Stay, WrongLines::Refused).unwrap();
    let started = start::start(&desk.context, session.id).await.unwrap();
    let invitation = invitations::invite(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Quillendorf").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    fill(folder.path(), &session.id.to_string());
    let token = cloud.connection().token.expose_secret().to_owned();
    let account = desk.context.account().to_string();
    let app = cloud.connection().app.unwrap().to_string();
    let mut job = JobStatus::new("sync", "Sync");
    job.note_failure(JobError {
        code: "lost".into(),
        message: format!(
            "“Private lesson for Grace Hopper” of ZÖRGENFRIED: https://api.wwmaa.example/x?token={token} said {account} {app} to \
             ada.lovelace@wwmaa.example at hooks.wwmaa.example, in {}, as “Nobody Knows This Name”, eyJhbGciOi.J9.x",
            folder.path().display()
        ),
        next: "Ask Ada Lovelace. Then wait.".into(),
    });
    desk.context.store().put_job_statuses(&[job]).unwrap();

    let text = diagnostics::text(&desk.context, Some("GNOME wayland")).unwrap();
    let told = [
        "hajime: ",
        "desktop: GNOME wayland",
        "sync: last",
        "lost: “class ",
        "sessions live: 1",
        "recording 1 ",
        "session 1 changed ",
        "Then wait.",
        "quality: ",
    ];
    for known in told {
        assert!(text.contains(known), "{known} is missing:\n{text}");
    }
    let secrets = [
        token,
        account,
        app,
        session.id.to_string(),
        folder.path().display().to_string(),
        token_in(started.join.unwrap().expose()),
        token_in(invitation.url.expose()),
        desk.context.store().recordings_of(session.id).unwrap()[0].id.to_string(),
    ];
    let signs = ["://", "eyJ", "@", "token=", "wwmaa", "Nobody Knows", "/tmp", "/home", "Lovelace", "Hopper", "ZÖRGEN"];
    let hidden = secrets.iter().map(String::as_str).chain(NAMES).chain(signs);
    let low = text.to_lowercase();
    for secret in hidden {
        assert!(!low.contains(&secret.to_lowercase()), "{secret} is in the text:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_saves_the_text_and_overwrites_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("diagnostics.txt");
    let saved = printed(&run(&cloud, folder.path(), &["diagnostics", file.to_str().unwrap()]));
    assert_eq!(saved["text"].as_str().unwrap(), std::fs::read_to_string(&file).unwrap());
    assert!(!run(&cloud, folder.path(), &["diagnostics", file.to_str().unwrap()]).status.success());
}
