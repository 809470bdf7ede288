//! A damaged database in the real window: the page names the file and offers the newest backup. Restoring the backup
//! brings the schedule back.

use crate::support::actions::{self, Plan};
use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::wait::LATER;

/// Bytes of the database file that the test inverts: the head of the second page. SQLite's integrity check then fails.
const INVERTED_BYTES: std::ops::Range<usize> = 4_096..4_120;
/// Python script that moves the write-ahead log into the database file, so that the file holds all data before it is
/// damaged.
const CHECKPOINT_SCRIPT: &str =
    "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_damaged_database_is_restored_from_its_newest_copy() {
    for theme in [Theme::Light, Theme::Dark] {
        let desktop = Desktop::start(theme, Keyring::Unlocked).await;
        let window = Launch::sandbox(&desktop, "backup").open().await;
        let page = &window.page;
        let session = actions::schedule(page, &Plan::titled("Judo")).await;
        page.press("nav-settings").await;
        // What loads last above the backups pushes them down.
        page.see("rooms-summary").await;
        page.press("backup-now").await;
        page.see("backup-copy").await;
        page.run("document.querySelector('#settings-backup').scrollIntoView()").await;
        page.shot("settings").await;
        page.press("restore-copy").await;
        page.see("restore-preview").await;
        page.shot("preview").await;
        page.press("restore-cancel").await;
        window.close().await;

        let database = desktop.data_dir().join("sandbox").join("hajime.db");
        let written = desktop.command("python3").args(["-c", CHECKPOINT_SCRIPT]).arg(&database).status().unwrap();
        assert!(written.success());
        let mut bytes = std::fs::read(&database).unwrap();
        for byte in &mut bytes[INVERTED_BYTES] {
            *byte = !*byte;
        }
        std::fs::write(&database, &bytes).unwrap();

        let window = Launch::sandbox(&desktop, "damaged").open().await;
        let page = &window.page;
        page.see_within("desk-failed", LATER).await;
        page.see_within("restore-preview", LATER).await;
        assert!(page.text("desk-failed").await.contains(&database.display().to_string()), "the file is named");
        page.shot("page").await;
        page.resize(1000, 640).await;
        page.shot("page-small").await;
        page.press("restore-newest").await;
        page.see_within("nav-today", LATER).await;
        actions::open_session(page, &session).await;
        page.shot("restored").await;
        let folder = std::fs::read_dir(database.parent().unwrap()).unwrap().flatten();
        let kept: Vec<_> =
            folder.filter(|file| file.file_name().to_string_lossy().starts_with("hajime-damaged-")).collect();
        assert_eq!(std::fs::read(kept[0].path()).unwrap(), bytes, "the damaged file is kept as it was");
        window.close().await;
    }
}
