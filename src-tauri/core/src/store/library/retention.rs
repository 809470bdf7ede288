//! `recording_retention`: what was decided about how long recordings stay, and what their videos know of it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::{BulkChangeId, JournalId, RecordingId, SeriesId, VideoId};
use crate::domain::library::retention::{Decided, Decision, Standing, Standings, Wish, fields};
use crate::domain::library::retention_rules::{Candidate, DateChange, Subjects};
use crate::domain::profile::journal::{Entity, FieldChanges};
use crate::domain::recorder::auto_retry::AutoRetries;
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::recorder::stage::Observation;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::ledger::{Act, Entry as LedgerEntry};
use crate::ports::system_user;
use crate::store::journal::append::Entry;
use crate::store::library::description::{BulkChange, Taken};
use crate::store::recorder::columns::select;
use crate::store::recorder::observations;
use crate::store::recorder::recordings::{append_event, current, put, read};
use crate::store::sharing::ledger::{self, Signer};
use crate::store::{Error, Store, to_millis};

/// What was decided about a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The last decision.
    pub decided: Decided,
    /// Whether the video is known to say the same.
    pub told: bool,
    /// Since when the video is to be deleted for good; `None` where it is not.
    pub deleting: Option<DateTime<Utc>>,
}

impl Store {
    /// Returns what was decided about a recording; `None` where nobody decided anything.
    pub fn retention(&self, id: RecordingId) -> Result<Option<Retention>, Error> {
        read_row(self.connection().raw(), id)
    }

    /// Returns when the video of a recording is deleted, by what was decided last; `None` for never.
    pub fn deletion_of_video(&self, recording: &Recording) -> Result<Option<DateTime<Utc>>, Error> {
        deletion(self.connection().raw(), recording)
    }

    /// Returns the last decisions about recordings, for those that have one.
    pub fn decisions(
        &self,
        ids: impl IntoIterator<Item = RecordingId>,
    ) -> Result<HashMap<RecordingId, Retention>, Error> {
        let connection = self.connection();
        let mut all = HashMap::new();
        for id in ids {
            if let Some(retention) = read_row(connection.raw(), id)? {
                all.insert(id, retention);
            }
        }
        Ok(all)
    }

    /// Decides about recordings for a person. Writes one journal entry for all of them, and a row of the ledger for each.
    /// A recording that is refused does not keep the others from being changed. Returns the new end of the ledger too.
    pub fn decide_by_hand<R>(
        &self,
        signer: Signer<'_>,
        ids: &[RecordingId],
        wish: Wish,
        refuse: impl Fn(RecordingId, Option<&Recording>) -> Result<(), R>,
    ) -> Result<(BulkChange<R>, Anchor), Error> {
        let entry = Entry { desk: signer.desk, now: signer.now };
        self.write(|transaction| {
            let mut done = BulkChange { changed: Vec::new(), refused: Vec::new(), entry: None };
            let (mut before, mut after, mut acts) = (Standings::new(), Standings::new(), Vec::new());
            for id in ids {
                let recording = current(transaction, *id)?;
                if let Err(refusal) = refuse(*id, recording.as_ref()) {
                    done.refused.push((*id, refusal));
                    continue;
                }
                let Some(recording) = recording else { continue };
                let was = standing(transaction, &recording)?;
                if is_so(was, wish) {
                    continue;
                }
                let is = decide(transaction, &recording, wish, &entry)?;
                acts.extend(act(wish.decision(), &recording, &entry));
                before.insert(id.to_string(), was);
                after.insert(id.to_string(), is);
                done.changed.push(*id);
            }
            done.entry = append_entry(transaction, BulkChangeId::new(), &before, &after, &entry)?;
            let end = ledger::append(transaction, signer, &acts)?;
            Ok((done, end))
        })
    }

    /// Gives recordings the dates that their rules give them, for a person. Recordings about which somebody decided
    /// meanwhile are left out. Returns how many got their date, and the journal entry for all of them.
    pub fn apply_rules_by_hand(
        &self,
        changes: &[DateChange],
        now: DateTime<Utc>,
    ) -> Result<(usize, Option<JournalId>), Error> {
        let desk = self.desk_id()?;
        let entry = Entry { desk: &desk, now };
        self.write(|transaction| {
            let (mut before, mut after) = (Standings::new(), Standings::new());
            for change in changes {
                let Some(recording) = current(transaction, change.id)? else { continue };
                let was = standing(transaction, &recording)?;
                if matches!(was, Standing::Open(_)) {
                    before.insert(change.id.to_string(), was);
                    let is = decide(transaction, &recording, Wish::Rule(change.to), &entry)?;
                    after.insert(change.id.to_string(), is);
                }
            }
            let made = append_entry(transaction, BulkChangeId::new(), &before, &after, &entry)?;
            Ok((after.len(), made))
        })
    }

    /// Returns the recordings on the list that can be watched, as rules see them.
    pub fn retention_candidates(&self) -> Result<Vec<Candidate>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT r.id, r.title, r.created_at, r.length, r.video_created, r.video_deletion, k.decision, r.instructor, s.series_id,
                    CASE WHEN k.told = 0 THEN k.decided END
             FROM recordings r LEFT JOIN recording_retention k ON k.recording_id = r.id LEFT JOIN sessions s ON s.id = r.session_id
             WHERE r.status = 'READY' AND r.removed_at IS NULL AND r.video_id IS NOT NULL",
        )?;
        let mut tags: HashMap<String, Vec<String>> = HashMap::new();
        let mut tagged = connection.prepare_cached("SELECT recording_id, tag FROM recording_tags")?;
        for row in tagged.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (id, tag): (String, String) = row?;
            tags.entry(id).or_default().push(tag);
        }
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let moment =
                |index: usize| row.get::<_, Option<i64>>(index).map(|at| at.and_then(bounds::moment_of_millis));
            let decision: Option<String> = row.get(6)?;
            let series: Option<String> = row.get(8)?;
            // What Stream is about to be told counts already, so that nothing is listed again that was just applied.
            let untold = row.get::<_, Option<String>>(9)?.and_then(|decided| Decided::of_text(&decided));
            all.push(Candidate {
                title: row.get(1)?,
                recorded: bounds::nearest_moment(row.get(2)?),
                length: row.get::<_, Option<i64>>(3)?.and_then(bounds::length_of_millis),
                created: moment(4)?,
                present: untold.map_or_else(|| moment(5), |decided| Ok(decided.date))?,
                decision: decision.as_deref().and_then(Decision::named),
                subjects: Subjects {
                    tags: tags.remove(&id).unwrap_or_default(),
                    instructor: row.get(7)?,
                    series: series.and_then(|id| id.parse::<SeriesId>().ok()),
                },
                id: recording_id(id)?,
            });
        }
        Ok(all)
    }

    /// Returns the recordings whose video is known to say what was decided.
    pub fn told_decisions(&self) -> Result<HashSet<RecordingId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT recording_id FROM recording_retention WHERE told = 1")?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
        ids.map(|id| recording_id(id?)).collect()
    }

    /// Returns the recordings whose video does not say yet what was decided, or is to be deleted for good.
    pub fn retention_to_tell(&self) -> Result<Vec<RecordingId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT k.recording_id FROM recording_retention k INDEXED BY recording_retention_to_tell
             CROSS JOIN recordings r ON r.id = k.recording_id
             WHERE (k.told = 0 OR k.deleting IS NOT NULL) AND r.video_id IS NOT NULL
               AND (r.status = 'READY' OR (k.deleting IS NOT NULL AND r.cause = 'video_missing')) ORDER BY k.recording_id",
        )?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
        ids.map(|id| recording_id(id?)).collect()
    }

    /// Returns the recording of a video, with the decision about it; `None` where no recording has this video.
    pub fn retention_of_video(&self, video: &VideoId) -> Result<Option<(RecordingId, Option<Retention>)>, Error> {
        let connection = self.connection();
        let sql = "SELECT id FROM recordings WHERE video_id = ?1";
        let id = connection.raw().prepare_cached(sql)?.query_row([video.as_str()], |row| row.get::<_, String>(0));
        let Some(id) = id.optional()? else { return Ok(None) };
        let id = recording_id(id)?;
        Ok(Some((id, read_row(connection.raw(), id)?)))
    }

    /// Joins what this desk decided with what the video says. Returns whether this desk now has something to tell.
    pub fn join_retention(&self, id: RecordingId, theirs: &Decided, now: DateTime<Utc>) -> Result<Taken, Error> {
        self.write(|transaction| {
            let Some(recording) = current(transaction, id)? else { return Ok(Taken::Same) };
            if recording.status() != Status::Ready {
                return Ok(Taken::Same);
            }
            let ours = read_row(transaction, id)?;
            let joined = ours.as_ref().map_or_else(|| theirs.clone(), |ours| Decided::joined(&ours.decided, theirs));
            let told = joined == *theirs;
            if ours.as_ref().is_some_and(|ours| ours.decided == joined && ours.told == told) {
                return Ok(if told { Taken::Same } else { Taken::OursIsNewer });
            }
            let is_other = ours.as_ref().is_none_or(|ours| ours.decided.stamp != joined.stamp);
            // A decision that this desk did not know when it was to delete the video counts more than the deletion.
            let deleting = ours.filter(|ours| ours.decided.knows(theirs)).and_then(|ours| ours.deleting);
            if is_other {
                let note = match joined.decision {
                    Decision::Bin => EventKind::Removed.note("Another desk put it in the bin."),
                    Decision::Restore | Decision::Rule => {
                        EventKind::Restored.note("Another desk decided how long it is kept.")
                    }
                    Decision::Keep => EventKind::Kept.note("Another desk keeps it forever."),
                };
                let since = (joined.decision == Decision::Bin).then_some(joined.stamp.at);
                put_aside(transaction, &recording, since, &note, now)?;
            }
            write_row(transaction, id, &Retention { decided: joined, told, deleting })?;
            Ok(match (is_other, told) {
                (true, true) => Taken::TakenOver,
                (false, true) => Taken::Same,
                (true, false) => Taken::Merged,
                (false, false) => Taken::OursIsNewer,
            })
        })
    }

    /// Notes what the video says now, and when Stream deletes it. A later decision stays to be told.
    pub fn note_retention_told(
        &self,
        id: RecordingId,
        decided: &Decided,
        created: Option<DateTime<Utc>>,
        deletion: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let told = "UPDATE recording_retention SET told = 1 WHERE recording_id = ?1 AND decided = ?2";
            transaction.prepare_cached(told)?.execute(params![id.to_string(), decided.to_text()])?;
            let seen =
                "UPDATE recordings SET video_created = coalesce(?2, video_created), video_deletion = ?3 WHERE id = ?1";
            transaction.prepare_cached(seen)?.execute(params![
                id.to_string(),
                created.map(to_millis),
                deletion.map(to_millis)
            ])?;
            Ok(())
        })
    }

    /// Lets a decision be told again, because somebody changed the date at Stream without Hajime.
    pub fn tell_retention_again(&self, id: RecordingId) -> Result<(), Error> {
        self.writer().execute("UPDATE recording_retention SET told = 0 WHERE recording_id = ?1", [id.to_string()])?;
        Ok(())
    }

    /// Commits the intent to delete the video of a recording in the bin for good. Returns whether it is in the bin.
    pub fn intend_deletion(&self, id: RecordingId, now: DateTime<Utc>) -> Result<bool, Error> {
        let intend = "UPDATE recording_retention SET deleting = ?2 WHERE recording_id = ?1 AND decision = 'bin'";
        Ok(self.writer().execute(intend, params![id.to_string(), to_millis(now)])? == 1)
    }

    /// Notes that the video of a recording was deleted for good, with its row of the ledger. Returns its new end.
    pub fn note_deletion(
        &self,
        signer: Signer<'_>,
        id: RecordingId,
        act: LedgerEntry,
        note: &EventNote,
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            let intended = read_row(transaction, id)?.is_some_and(|retention| retention.deleting.is_some());
            let Some(before) = current(transaction, id)?.filter(|_| intended) else {
                return ledger::append(transaction, signer, &[]);
            };
            // A sync may have seen it before.
            if before.deleted_at().is_none() {
                let seen = Observation::VideoMissing;
                observations::apply(transaction, &before, seen, signer.now, note, AutoRetries::default(), |_| {})?;
            }
            let done = "UPDATE recording_retention SET deleting = NULL, told = 1 WHERE recording_id = ?1";
            transaction.prepare_cached(done)?.execute([id.to_string()])?;
            ledger::append(transaction, signer, &[act.about_recording(&before)])
        })
    }

    /// Returns the recordings in the bin whose video is still there, the one that is deleted first before the others.
    pub fn bin(&self) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(
            "WHERE r.removed_at IS NOT NULL AND r.status = 'READY' ORDER BY r.removed_at, r.id",
        ))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn recording_id(text: String) -> Result<RecordingId, Error> {
    text.parse().map_err(|_| Error::unreadable("recording id", text))
}

fn read_row(connection: &Connection, id: RecordingId) -> Result<Option<Retention>, Error> {
    let sql = "SELECT decided, told, deleting FROM recording_retention WHERE recording_id = ?1";
    let read = |row: &Row<'_>| {
        let (decided, told, deleting): (String, bool, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((decided, told, deleting.map(bounds::nearest_moment)))
    };
    let Some((decided, told, deleting)) =
        connection.prepare_cached(sql)?.query_row([id.to_string()], read).optional()?
    else {
        return Ok(None);
    };
    let decided = Decided::of_text(&decided).ok_or_else(|| Error::unreadable("decision", decided))?;
    Ok(Some(Retention { decided, told, deleting }))
}

/// Returns when the video of a recording is deleted, by what was decided last; `None` for never.
pub(in crate::store) fn deletion(
    connection: &Connection,
    recording: &Recording,
) -> Result<Option<DateTime<Utc>>, Error> {
    let decided = read_row(connection, recording.id)?.filter(|retention| !retention.told);
    Ok(decided.map_or(recording.facts.video_deletion, |retention| retention.decided.date))
}

fn write_row(transaction: &Transaction<'_>, id: RecordingId, retention: &Retention) -> Result<(), Error> {
    let Retention { decided, told, deleting } = retention;
    transaction
        .prepare_cached(
            "INSERT INTO recording_retention VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (recording_id)
             DO UPDATE SET decision = ?2, decided = ?3, told = ?4, deleting = ?5",
        )?
        .execute(params![id.to_string(), decided.decision.name(), decided.to_text(), told, deleting.map(to_millis)])?;
    Ok(())
}

/// Where a recording is.
fn standing(connection: &Connection, recording: &Recording) -> Result<Standing, Error> {
    if recording.removed_at.is_some() {
        return Ok(Standing::Binned);
    }
    Ok(match read_row(connection, recording.id)?.map(|retention| retention.decided) {
        Some(decided) if decided.decision == Decision::Keep => Standing::Kept,
        Some(decided) if decided.decision != Decision::Bin => Standing::Open(decided.date),
        _ => Standing::Open(recording.facts.video_deletion),
    })
}

const fn is_so(standing: Standing, wish: Wish) -> bool {
    match (standing, wish.decision()) {
        (Standing::Open(_), Decision::Restore)
        | (Standing::Kept, Decision::Keep)
        | (Standing::Binned, Decision::Bin) => true,
        (Standing::Open(_) | Standing::Kept | Standing::Binned, _) => false,
    }
}

/// Decides, and returns where the recording is then. Of a recording that cannot be watched there is no video that could
/// say it, so the bin alone holds it.
fn decide(
    transaction: &Transaction<'_>,
    recording: &Recording,
    wish: Wish,
    entry: &Entry<'_>,
) -> Result<Standing, Error> {
    let id = recording.id;
    let before = read_row(transaction, id)?.map(|retention| retention.decided);
    let note = match wish.decision() {
        Decision::Bin => Some(EventKind::Removed.note("Put in the bin by hand.")),
        Decision::Restore => Some(EventKind::Restored.note("No longer in the bin or kept forever, by hand.")),
        Decision::Keep => Some(EventKind::Kept.note("Kept forever, by hand.")),
        Decision::Rule => None,
    };
    if let Some(note) = note {
        let since = (wish.decision() == Decision::Bin).then_some(entry.now);
        put_aside(transaction, recording, since, &note, entry.now)?;
    }
    if recording.status() == Status::Ready || wish.decision() == Decision::Keep {
        let decided = Decided::next(before.as_ref(), wish, recording.facts.video_deletion, entry.now, entry.desk);
        write_row(transaction, id, &Retention { decided, told: false, deleting: None })?;
    }
    let after = current(transaction, id)?;
    standing(transaction, after.as_ref().unwrap_or(recording))
}

/// Puts a recording in the bin or takes it out, and writes its history.
fn put_aside(
    transaction: &Transaction<'_>,
    recording: &Recording,
    since: Option<DateTime<Utc>>,
    note: &EventNote,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let removed_at = since.map(|since| recording.removed_at.unwrap_or(since));
    if removed_at != recording.removed_at {
        put(transaction, &Recording { removed_at, ..recording.clone() }, now)?;
    }
    append_event(transaction, recording.id, now, Some(recording.stage), recording.stage, note)
}

/// The row of the ledger about a decision; a date by the rules has none.
fn act(decision: Decision, recording: &Recording, entry: &Entry<'_>) -> Option<LedgerEntry> {
    let act = match decision {
        Decision::Keep => Act::RecordingKept,
        Decision::Bin => Act::RecordingBinned,
        Decision::Restore => Act::RecordingRestored,
        Decision::Rule => return None,
    };
    Some(LedgerEntry::new(act, entry.now, &system_user()).about_recording(recording))
}

fn append_entry(
    transaction: &Transaction<'_>,
    id: BulkChangeId,
    before: &Standings,
    after: &Standings,
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let changes = FieldChanges::between(&fields(before), &fields(after));
    changes.map(|changes| entry.append(transaction, Entity::Retention(id), &changes)).transpose()
}

/// Where the recordings are that a change named.
pub(in crate::store) fn standings_named_in<'a>(
    transaction: &Transaction<'_>,
    ids: impl Iterator<Item = &'a String>,
) -> Result<Standings, Error> {
    let mut all = Standings::new();
    for id in ids {
        let Ok(recording) = id.parse() else { continue };
        if let Some(recording) = current(transaction, recording)? {
            all.insert(id.clone(), standing(transaction, &recording)?);
        }
    }
    Ok(all)
}

/// Puts recordings where an undo wants them and writes one journal entry. The rows of the ledger wait for their
/// signature, because an undo asks no keyring.
pub(in crate::store) fn write_standings_by_hand(
    transaction: &Transaction<'_>,
    id: BulkChangeId,
    wanted: &Standings,
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let (mut before, mut after, mut acts) = (Standings::new(), Standings::new(), Vec::new());
    for (key, wanted) in wanted {
        let Ok(recording) = key.parse() else { continue };
        let Some(recording) = current(transaction, recording)? else { continue };
        let was = standing(transaction, &recording)?;
        let wish = wanted.wish_from(was);
        after.insert(key.clone(), decide(transaction, &recording, wish, entry)?);
        before.insert(key.clone(), was);
        acts.extend(act(wish.decision(), &recording, entry));
    }
    let os_user = system_user();
    let signer = Signer { desk: entry.desk, key: None, anchor: None, now: entry.now, os_user: &os_user };
    ledger::append(transaction, signer, &acts)?;
    append_entry(transaction, id, &before, &after, entry)
}
