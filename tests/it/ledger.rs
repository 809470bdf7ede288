//! The ledger: whatever is done with links and keys is in it, and the check names the first entry that is not as it was
//! written.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hajime_core::actions::library::recordings;
use hajime_core::actions::profile::backups;
use hajime_core::actions::sharing::{ledger, links};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::ledger::finding::{ChainReport, End, Fault, Finding};
use hajime_core::domain::sharing::ledger::row::{Filter, LinkState};
use hajime_core::domain::sharing::ledger::{Act, Fingerprint, Hash, Sealed};
use hajime_core::domain::sharing::link::Validity;

use hajime_core::jobs::{self, Group, Jobs};
use hajime_core::ports::{MemorySecrets, SecretError, SecretName, SecretStore};
use rusqlite::{Connection, params};
use secrecy::SecretString;

use crate::command_line::{printed, refused, run};
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk, eventually};

/// A keyring that can be locked, and that can lose what is noted about the end of the ledger.
#[derive(Debug, Default)]
pub struct Keyring {
    kept: MemorySecrets,
    pub locked: AtomicBool,
    loses_ends: AtomicBool,
}

impl SecretStore for Keyring {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        self.probe()?;
        self.kept.get(name)
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        self.probe()?;
        if self.loses_ends.load(Ordering::SeqCst) && matches!(name, SecretName::LedgerEnd(..)) {
            return Err(SecretError::Failed("it stopped".into()));
        }
        self.kept.set(name, value)
    }

    fn remove(&self, name: &SecretName) -> Result<(), SecretError> {
        self.probe()?;
        self.kept.remove(name)
    }

    fn probe(&self) -> Result<(), SecretError> {
        if self.locked.load(Ordering::SeqCst) { Err(SecretError::Locked) } else { Ok(()) }
    }

    fn trouble(&self) -> Option<SecretError> {
        self.probe().err()
    }
}

/// A desk with a recording, whose data and keyring outlive it.
struct Place {
    cloud: Cloud,
    folder: tempfile::TempDir,
    keyring: Arc<Keyring>,
    recording: Recording,
}

impl Place {
    /// A desk whose ledger has seven entries: its key, and three links and plays in turn.
    async fn new() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let keyring = Arc::new(Keyring::default());
        let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(keyring.clone()));
        let recording = ready_recording(&cloud, &mut desk).await;
        drop(desk);
        let place = Self { cloud, folder, keyring, recording };
        place.act(6).await;
        place
    }

    fn desk(&self) -> TestDesk {
        TestDesk::with(&self.cloud, self.folder.path(), Arc::default(), Some(self.keyring.clone()))
    }

    /// Makes links and plays the recording: `count` entries, one more where a key is made.
    async fn act(&self, count: usize) {
        let desk = self.desk();
        for number in 0..count {
            if number % 2 == 0 {
                links::make(&desk.context, self.recording.id, Validity::DAY, false).await.unwrap();
            } else {
                recordings::play(&desk.context, self.recording.id).await.unwrap();
            }
        }
    }

    async fn check(&self) -> ChainReport {
        let mut reports = ledger::verify(&self.desk().context).await.unwrap();
        assert_eq!(reports.len(), 1);
        reports.remove(0)
    }

    async fn finding(&self) -> Option<Finding> {
        let report = self.check().await;
        assert_eq!(report.is_sound(), report.finding.is_none(), "{report:?}");
        report.finding
    }

    fn database(&self) -> Connection {
        database(self.folder.path())
    }
}

/// The database of a folder, without what keeps its ledger from being changed.
fn database(folder: &Path) -> Connection {
    let database = Connection::open(folder.join("hajime.db")).unwrap();
    let triggers = "DROP TRIGGER IF EXISTS ledger_rows_are_kept; DROP TRIGGER IF EXISTS ledger_rows_are_final; DROP TRIGGER IF EXISTS ledger_signatures_are_final";
    database.execute_batch(triggers).unwrap();
    database
}

/// Computes the hashes of the rows from `from` to `to` again, as somebody without the key can.
fn hash_again(database: &Connection, from: i64, to: i64) {
    let mut prev: Vec<u8> =
        database.query_row("SELECT prev FROM ledger WHERE n = ?1", [from], |row| row.get(0)).unwrap();
    for n in from..=to {
        let hash: Hash = database
            .query_row(
                "SELECT desk, n, at, act, role, os_user, recording_id, session_id, video_id, link_id, kid, rights, expires_at, fingerprint, note
                 FROM ledger WHERE n = ?1",
                [n],
                |row| {
                    let text = |index: usize| row.get_ref(index).unwrap().as_str_or_null().unwrap();
                    let sealed = Sealed {
                        desk: text(0).unwrap(),
                        n: row.get(1)?,
                        prev: &prev,
                        at: row.get(2)?,
                        act: text(3).unwrap(),
                        role: text(4).unwrap(),
                        os_user: text(5).unwrap(),
                        recording: text(6),
                        session: text(7),
                        video: text(8),
                        link: text(9),
                        kid: text(10),
                        rights: text(11),
                        expires_at: row.get(12)?,
                        fingerprint: text(13),
                        note: text(14).unwrap(),
                    };
                    Ok(sealed.hash(&mut Vec::new()))
                },
            )
            .unwrap();
        let update = "UPDATE ledger SET prev = ?2, hash = ?3 WHERE n = ?1";
        database.execute(update, params![n, prev, hash.as_slice()]).unwrap();
        prev = hash.to_vec();
    }
}

fn shift(database: &Connection, from: i64, by: i64) {
    database.execute("UPDATE ledger SET n = -(n + ?2) WHERE n >= ?1", [from, by]).unwrap();
    database.execute("UPDATE ledger SET n = -n WHERE n < 0", []).unwrap();
}

#[tokio::test]
async fn links_plays_and_keys_are_entered_with_who_when_and_what_but_never_the_token() {
    let place = Place::new().await;
    let desk = place.desk();
    let made = links::make(&desk.context, place.recording.id, Validity::DAY, false).await.unwrap();
    let page = ledger::page(&desk.context, &Filter::default(), None, 100).unwrap();
    let acts: Vec<&str> = page.rows.iter().rev().map(|row| row.act.as_str()).collect();
    let pair = ["link_made", "played"];
    assert_eq!(acts, [&["key_made"][..], &pair, &pair, &pair, &["link_made"]].concat());
    assert!(page.rows.iter().rev().map(|row| row.n).eq(1..=8));
    let newest = &page.rows[0];
    let token = made.hls_url.expose().split('/').find(|part| part.starts_with("eyJ")).unwrap();
    assert_eq!(newest.fingerprint, Some(Fingerprint::of(token)));
    assert_eq!(newest.link, Some(made.link.id));
    assert_eq!((newest.title.as_deref(), &newest.recording), (Some("Karate"), &Some(place.recording.id.to_string())));
    assert_eq!(newest.session, Some(place.recording.session.to_string()));
    assert_eq!(newest.expires_at, Some(made.link.expires_at));
    assert_eq!(newest.link_state(desk.context.now()), Some(LinkState::Works));
    assert!(newest.is_signed);
    let report = place.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.signed, report.pending, report.end), (8, 8, 0, End::Agrees));
}

#[tokio::test]
async fn pages_follow_each_other_and_filters_leave_out_the_rest() {
    let place = Place::new().await;
    let context = place.desk().context;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = ledger::page(&context, &Filter::default(), after, 3).unwrap();
        all.extend(page.rows.iter().map(|row| row.n));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(all, [7, 6, 5, 4, 3, 2, 1]);
    let count = |filter: Filter| ledger::page(&context, &filter, None, 100).unwrap().rows.len();
    assert_eq!(count(Filter { act: Some(Act::Played), ..Filter::default() }), 3);
    assert_eq!(count(Filter { recording: Some(place.recording.id), ..Filter::default() }), 6);
    assert_eq!(count(Filter { kid: context.store().signing_key().unwrap(), ..Filter::default() }), 7);
    assert_eq!(count(Filter { text: "kara".into(), ..Filter::default() }), 6);
    assert_eq!(count(Filter { text: "k_ra".into(), ..Filter::default() }), 0);
    assert_eq!(count(Filter { works: true, ..Filter::default() }), 3);
    assert_eq!(count(Filter { ends_soon: true, ..Filter::default() }), 0);
    links::make(&context, place.recording.id, Validity::hours(1).unwrap(), false).await.unwrap();
    assert_eq!(count(Filter { ends_soon: true, ..Filter::default() }), 1);
}

#[tokio::test]
async fn a_link_that_ends_soon_is_made_again_with_its_rights() {
    let place = Place::new().await;
    let context = place.desk().context;
    let first = links::make(&context, place.recording.id, Validity::hours(2).unwrap(), true).await.unwrap();
    let again = links::reissue(&context, first.link.id).await.unwrap();
    assert_ne!(again.link.id, first.link.id);
    assert!(again.link.download && again.file.is_some());
    // The two moments are those of two clocks.
    let minutes = (again.link.expires_at - again.link.created_at).num_minutes();
    assert!((100..=140).contains(&minutes), "{minutes}");
}

#[tokio::test]
async fn an_edited_row_is_named_also_if_its_hash_was_computed_again() {
    let place = Place::new().await;
    place.database().execute("UPDATE ledger SET expires_at = expires_at + 1 WHERE n = 4", []).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 4, fault: Fault::Edited }));

    let place = Place::new().await;
    let database = place.database();
    database.execute("UPDATE ledger SET os_user = 'somebody' WHERE n = 4", []).unwrap();
    hash_again(&database, 4, 4);
    assert_eq!(place.finding().await, Some(Finding { n: 4, fault: Fault::Edited }));
}

#[tokio::test]
async fn an_inserted_row_is_named() {
    let place = Place::new().await;
    let database = place.database();
    let columns = "desk, at, act, role, os_user, recording_id, session_id, video_id, link_id, kid, rights, expires_at, fingerprint, note, prev, hash, signature";
    let copy = format!("INSERT INTO ledger (n, {columns}) SELECT ?1, {columns} FROM ledger WHERE n = ?2");
    shift(&database, 4, 1);
    database.execute(&copy, [4, 3]).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 4, fault: Fault::Moved { written_as: 3 } }));

    let place = Place::new().await;
    let database = place.database();
    shift(&database, 4, 1);
    database.execute(&copy, [4, 3]).unwrap();
    database
        .execute("UPDATE ledger SET note = 'made up', prev = (SELECT hash FROM ledger WHERE n = 3) WHERE n = 4", [])
        .unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 4, fault: Fault::Inserted }));

    // Behind the end, with a right hash.
    let place = Place::new().await;
    let database = place.database();
    database.execute(&copy, [8, 7]).unwrap();
    database.execute("UPDATE ledger SET prev = (SELECT hash FROM ledger WHERE n = 7) WHERE n = 8", []).unwrap();
    hash_again(&database, 8, 8);
    assert_eq!(place.finding().await, Some(Finding { n: 8, fault: Fault::Inserted }));
}

#[tokio::test]
async fn swapped_rows_are_named() {
    let place = Place::new().await;
    place.database().execute_batch(
        "UPDATE ledger SET n = -3 WHERE n = 3; UPDATE ledger SET n = 3 WHERE n = 5; UPDATE ledger SET n = 5 WHERE n = -3",
    ).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 3, fault: Fault::Moved { written_as: 5 } }));
}

#[tokio::test]
async fn deleted_rows_are_named_also_if_the_numbers_were_closed_up() {
    let place = Place::new().await;
    place.database().execute("DELETE FROM ledger WHERE n IN (3, 4)", []).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 3, fault: Fault::Deleted { to: 4 } }));

    let place = Place::new().await;
    let database = place.database();
    database.execute("DELETE FROM ledger WHERE n = 3", []).unwrap();
    shift(&database, 4, -1);
    assert_eq!(place.finding().await, Some(Finding { n: 3, fault: Fault::Deleted { to: 3 } }));
}

#[tokio::test]
async fn rows_cut_off_the_end_are_named_also_if_the_noted_end_was_removed() {
    for also in [
        "SELECT 1 WHERE 0",
        "DELETE FROM ledger_heads",
        "UPDATE ledger_heads SET n = 5, hash = (SELECT hash FROM ledger WHERE n = 5)",
    ] {
        let place = Place::new().await;
        let database = place.database();
        database.execute("DELETE FROM ledger WHERE n > 5", []).unwrap();
        database.execute_batch(also).unwrap();
        assert_eq!(place.finding().await, Some(Finding { n: 6, fault: Fault::CutOff { to: 7 } }), "{also}");
    }
    let place = Place::new().await;
    place.database().execute_batch("DELETE FROM ledger; DELETE FROM ledger_heads").unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 1, fault: Fault::CutOff { to: 7 } }));
}

#[tokio::test]
async fn a_rewritten_chain_is_named_with_its_old_signatures_and_without_any() {
    for signatures in ["SELECT 1 WHERE 0", "UPDATE ledger SET signature = NULL WHERE n >= 3"] {
        let place = Place::new().await;
        let database = place.database();
        database.execute("UPDATE ledger SET os_user = 'somebody' WHERE n = 3", []).unwrap();
        hash_again(&database, 3, 7);
        database.execute_batch(signatures).unwrap();
        assert_eq!(place.finding().await, Some(Finding { n: 3, fault: Fault::Rewritten }), "{signatures}");
    }
}

#[tokio::test]
async fn an_older_file_put_in_place_is_named_and_stays_named_after_the_chain_went_on() {
    let place = Place::new().await;
    let older = place.folder.path().join("older.db");
    place.database().execute("VACUUM INTO ?1", [older.to_str().unwrap()]).unwrap();
    place.act(4).await;
    for ending in ["", "-wal", "-shm"] {
        let path = place.folder.path().join(format!("hajime.db{ending}"));
        if path.exists() {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::rename(&older, place.folder.path().join("hajime.db")).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 8, fault: Fault::OlderFile { to: 11 } }));

    place.act(1).await;
    let report = place.check().await;
    assert_eq!(report.finding, None, "{report:?}");
    assert!(!report.is_sound());
    let gap = report.gaps[0];
    assert_eq!((gap.from, gap.to, gap.restored), (8, 11, false));
    assert!(
        report
            .sentences()
            .iter()
            .any(|said| said.starts_with("Entries 8 to 11 are missing, because the database had been replaced"))
    );
}

#[tokio::test]
async fn a_restored_backup_is_told_and_is_no_fault() {
    let place = Place::new().await;
    let copy = backups::make(place.folder.path(), place.desk().context.now()).unwrap().path;
    place.act(4).await;
    let desk = place.desk();
    backups::restore_desk(&desk.context, &copy).unwrap();
    drop(desk);
    place.act(2).await;
    let report = place.check().await;
    assert!(report.is_sound(), "{report:?}");
    let gap = report.gaps[0];
    assert_eq!((gap.from, gap.to, gap.restored), (8, 11, true));
    assert!(
        report.sentences().iter().any(|said| said.contains("because a backup was restored")),
        "{:?}",
        report.sentences()
    );
    assert_eq!((report.rows, report.end), (10, End::Agrees));
}

#[tokio::test]
async fn entries_wait_for_a_locked_keyring_and_are_signed_when_it_opens() {
    let place = Place::new().await;
    place.keyring.locked.store(true, Ordering::SeqCst);
    let desk = place.desk();
    let made = links::make(&desk.context, place.recording.id, Validity::DAY, false).await.unwrap();
    assert!(made.verified(), "Cloudflare signs the link");
    assert_eq!(ledger::verify(&desk.context).await.unwrap()[0].end, End::Unknown);
    place.keyring.locked.store(false, Ordering::SeqCst);
    let report = place.check().await;
    assert_eq!((report.signed, report.pending, report.finding), (7, 1, None));
    assert!(
        !report.is_sound()
            && report.sentences().contains(&"1 entry waits for its signature until the keyring opens.".to_owned())
    );
    // Dropped jobs end their work, so they are kept until it is done.
    let mut upkeep = Jobs::of(&[Group::Account]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    eventually("the job signs it", async || place.check().await.signed == 9).await;
    let report = place.check().await;
    assert_eq!((report.signed, report.pending, report.late, report.end), (9, 0, 1, End::Agrees), "{report:?}");
    assert!(report.is_sound(), "{report:?}");
    let newest = ledger::page(&desk.context, &Filter::default(), None, 1).unwrap().rows.remove(0);
    assert_eq!((newest.act.as_str(), newest.note.as_str()), ("signed_later", "8–8"));
}

/// Runs the job that signs entries, as often as it takes to sign what it would.
async fn let_the_job_sign(place: &Place) {
    let desk = place.desk();
    let mut upkeep = Jobs::of(&[Group::Account]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    links::make(&desk.context, place.recording.id, Validity::DAY, false).await.unwrap();
}

#[tokio::test]
async fn rows_that_were_changed_get_no_signature_later() {
    let place = Place::new().await;
    let database = place.database();
    database.execute("UPDATE ledger SET os_user = 'somebody' WHERE n = 3", []).unwrap();
    hash_again(&database, 3, 7);
    database.execute("UPDATE ledger SET signature = NULL WHERE n >= 3", []).unwrap();
    drop(database);
    let_the_job_sign(&place).await;
    assert!(!place.check().await.is_sound());
    assert_eq!(place.check().await.finding, Some(Finding { n: 3, fault: Fault::Rewritten }));

    // Behind the end, with a wrong hash.
    let place = Place::new().await;
    place.keyring.locked.store(true, Ordering::SeqCst);
    place.act(1).await;
    place.database().execute("UPDATE ledger SET os_user = 'somebody' WHERE n = 8", []).unwrap();
    place.keyring.locked.store(false, Ordering::SeqCst);
    let_the_job_sign(&place).await;
    assert!(!place.check().await.is_sound());
}

#[tokio::test]
async fn a_gap_counts_as_restored_only_with_the_desks_signature() {
    let place = Place::new().await;
    let database = place.database();
    let lost: (i64, String) = database
        .query_row("SELECT n, n || ' ' || lower(hex(hash)) FROM ledger WHERE n = 7", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    database.execute("DELETE FROM ledger WHERE n > 5", []).unwrap();
    database
        .execute(
            "INSERT INTO ledger (desk, n, at, act, role, os_user, note, prev, hash)
             SELECT desk, ?1 + 1, at, 'restored', role, os_user, ?2, hash, hash FROM ledger WHERE n = 5",
            params![lost.0, lost.1],
        )
        .unwrap();
    hash_again(&database, 8, 8);
    database
        .execute("UPDATE ledger_heads SET n = 8, hash = (SELECT hash FROM ledger WHERE n = 8), signature = NULL", [])
        .unwrap();
    drop(database);
    let report = place.check().await;
    assert!(!report.is_sound(), "{report:?}");
    assert!(report.gaps.iter().all(|gap| !gap.restored), "{report:?}");
}

#[tokio::test]
async fn a_restore_is_no_fault_before_the_next_entry() {
    let place = Place::new().await;
    let copy = backups::make(place.folder.path(), place.desk().context.now()).unwrap().path;
    place.act(2).await;
    let desk = place.desk();
    backups::restore_desk(&desk.context, &copy).unwrap();
    drop(desk);
    let report = place.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert!(report.gaps[0].restored && report.gaps[0].at.timestamp() > 1_700_000_000, "{report:?}");
}

#[tokio::test]
async fn a_chain_of_another_desk_is_checked_by_its_hashes() {
    let place = Place::new().await;
    // The database is opened at another desk, whose keyring does not know the key of the first.
    let another = "7d1f7f0e-52a1-4d0a-9f57-0d2f6a0c9b11";
    place.database().execute("UPDATE settings SET value = ?1 WHERE key = 'desk_id'", [another]).unwrap();
    std::fs::remove_file(place.folder.path().join("installation.db")).unwrap();
    place.act(1).await;
    let reports = ledger::verify(&place.desk().context).await.unwrap();
    let other = reports.iter().find(|report| report.end == End::Elsewhere).expect("the earlier desk");
    assert!(other.is_sound() && other.is_elsewhere(), "{other:?}");
    place.database().execute("UPDATE ledger SET os_user = 'somebody' WHERE n = 3", []).unwrap();
    let reports = ledger::verify(&place.desk().context).await.unwrap();
    assert!(reports.iter().any(|report| report.is_elsewhere() && !report.is_sound()), "{reports:?}");
}

#[tokio::test]
async fn numbers_of_any_size_end_the_check() {
    for number in [i64::MAX, 9_000_000_000_000_000_000, i64::MIN] {
        let place = Place::new().await;
        place.database().execute("UPDATE ledger SET n = ?1 WHERE n = 7", [number]).unwrap();
        assert!(!place.check().await.is_sound(), "{number}");
    }
}

#[tokio::test]
async fn a_stop_between_the_entry_and_its_note_in_the_keyring_is_told_from_a_cut() {
    let place = Place::new().await;
    place.keyring.loses_ends.store(true, Ordering::SeqCst);
    place.act(2).await;
    let report = place.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.end, End::Behind(2));
    // Rows that are cut off then are still seen: by the end that the database notes.
    place.database().execute("DELETE FROM ledger WHERE n = 9", []).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 9, fault: Fault::CutOff { to: 9 } }));
}

#[tokio::test]
async fn a_lost_key_of_the_ledger_is_told() {
    let place = Place::new().await;
    let desk = place.desk().context.store().desk_id().unwrap();
    let account = place.cloud.connection().account.as_str().to_owned();
    place.keyring.kept.remove(&SecretName::LedgerKey(account, desk)).unwrap();
    place.act(1).await;
    let report = place.check().await;
    assert_eq!((report.unverifiable, report.signed, report.finding), (7, 1, None), "{report:?}");
    assert!(!report.is_sound());
}

#[tokio::test]
async fn links_from_before_the_ledger_had_signatures_are_listed_and_guarded() {
    let place = Place::new().await;
    let database = place.database();
    // As an update from an earlier version leaves it.
    database.execute_batch(
        "DELETE FROM ledger WHERE n > 3; UPDATE ledger SET desk = '', prev = x'', hash = x'', signature = NULL; DELETE FROM ledger_heads",
    ).unwrap();
    drop(database);
    let desk = place.desk().context.store().desk_id().unwrap();
    let account = place.cloud.connection().account.as_str().to_owned();
    place.keyring.kept.remove(&SecretName::LedgerEnd(account, desk)).unwrap();
    place.act(2).await;
    assert_eq!(place.finding().await, None);
    assert_eq!(ledger::page(&place.desk().context, &Filter::default(), None, 100).unwrap().rows.len(), 5);
    place.database().execute("UPDATE ledger SET at = at + 1 WHERE desk = '' AND n = 2", []).unwrap();
    assert_eq!(place.finding().await, Some(Finding { n: 0, fault: Fault::HistoryChanged }));
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_entries() {
    let place = Place::new().await;
    let database = Connection::open(place.folder.path().join("hajime.db")).unwrap();
    for change in ["DELETE FROM ledger", "UPDATE ledger SET note = 'x'", "UPDATE ledger SET signature = NULL"] {
        let refused = database.execute(change, []).unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_checks_and_exports_the_ledger() {
    let place = Place::new().await;
    let folder = place.folder.path();
    let listed = printed(&run(&place.cloud, folder, &["ledger", "list", "--act", "played", "--limit", "2"]));
    assert_eq!(listed["rows"].as_array().unwrap().len(), 2);
    assert_eq!(listed["rows"][0]["n"], 7);
    let next = listed["next"].as_str().unwrap();
    let rest = printed(&run(&place.cloud, folder, &["ledger", "list", "--act", "played", "--after", next]));
    assert_eq!((rest["rows"].as_array().unwrap().len(), &rest["next"]), (1, &serde_json::Value::Null));
    // Without a keyring nothing can be confirmed, and that is said.
    let checked = refused(&run(&place.cloud, folder, &["ledger", "verify"]));
    assert_eq!(checked["code"], "ledger_doubtful");
    assert!(checked["message"].as_str().unwrap().contains("The keyring did not answer"), "{checked}");

    place.database().execute("UPDATE recordings SET title = '=HYPERLINK(\"http://x\")'", []).unwrap();
    let file = folder.join("ledger.csv");
    let written = printed(&run(&place.cloud, folder, &["ledger", "export", file.to_str().unwrap()]));
    assert_eq!(written["rows"], 7);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 8);
    assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{text}");
    assert_eq!(refused(&run(&place.cloud, folder, &["ledger", "export", file.to_str().unwrap()]))["code"], "file");
    let file = folder.join("ledger.json");
    printed(&run(&place.cloud, folder, &["ledger", "export", file.to_str().unwrap()]));
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(told.as_array().unwrap().len(), 7);
    assert!(told[0]["act"].is_string() && told[0]["desk"].is_string(), "{told}");
}
