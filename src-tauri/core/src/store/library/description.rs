//! `recording_descriptions` and `recording_tags`: what people write about recordings, and who wrote last.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::{BulkChangeId, JournalId, RecordingId, VideoId};
use crate::domain::library::description::{Description, Stamp, Tag, Tags, bulk_fields, tags_of};
use crate::domain::profile::journal::{Entity, FieldChanges};
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::origin::shown_instructor;
use crate::store::journal::append::Entry;
use crate::store::recorder::recordings::{add, append_event, current, words_of};
use crate::store::{Error, Store, to_millis};

/// What became of a description that the metadata of a video holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// This desk has the same one.
    Same,
    /// It is newer than the one of this desk and was taken over.
    TakenOver,
    /// Each desk had changes that the other did not have, so the two were joined and have to be told.
    Merged,
    /// The one of this desk is newer and has to be told.
    OursIsNewer,
}

/// What became of a change of the tags of several recordings.
#[derive(Debug, Clone, Default)]
pub struct BulkChange<R> {
    /// The recordings that changed.
    pub changed: Vec<RecordingId>,
    /// The recordings that were refused, and why.
    pub refused: Vec<(RecordingId, R)>,
    /// The entry of the journal; `None` where nothing changed.
    pub entry: Option<JournalId>,
}

impl Store {
    /// Returns what people wrote about a recording; `None` where there is no such recording.
    pub fn description(&self, id: RecordingId) -> Result<Option<Description>, Error> {
        read_description(self.connection().raw(), id)
    }

    /// Returns what people wrote about a recording, and who wrote last; `None` where nobody did.
    pub fn stamped_description(&self, id: RecordingId) -> Result<Option<(Description, Stamp)>, Error> {
        let connection = self.connection();
        let Some(stamp) = stamp_of(connection.raw(), id)? else { return Ok(None) };
        Ok(read_description(connection.raw(), id)?.map(|description| (description, stamp)))
    }

    /// Returns the notes and the tags of recordings, for those that have any.
    pub fn descriptions(
        &self,
        ids: impl IntoIterator<Item = RecordingId>,
    ) -> Result<HashMap<RecordingId, (String, Tags)>, Error> {
        let connection = self.connection();
        let mut all = HashMap::new();
        for id in ids {
            let (notes, tags) = (read_notes(connection.raw(), id)?, read_tags(connection.raw(), id)?);
            if !notes.is_empty() || !tags.is_empty() {
                all.insert(id, (notes, tags));
            }
        }
        Ok(all)
    }

    /// Changes what people wrote about a recording and writes the journal entry. Returns the new description and the
    /// entry; `Ok(None)` where there is no such recording.
    pub fn change_description_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: RecordingId,
        now: DateTime<Utc>,
        change: impl FnOnce(Description) -> Result<Description, E>,
    ) -> Result<Option<(Description, Option<JournalId>)>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some(before) = read_description(transaction, id)? else { return Ok(None) };
            let after = change(before.clone())?;
            let entry = write_by_hand(transaction, id, &before, &after, &Entry { desk: &desk, now })?;
            Ok(Some((read_description(transaction, id)?.unwrap_or(after), entry)))
        })
    }

    /// Changes the tags of recordings and writes one journal entry for all of them. A recording that is refused does not
    /// keep the others from being changed.
    pub fn change_tags_by_hand<R>(
        &self,
        ids: &[RecordingId],
        now: DateTime<Utc>,
        unknown: impl Fn(RecordingId) -> R,
        change: impl Fn(&Tags) -> Result<Tags, R>,
    ) -> Result<BulkChange<R>, Error> {
        let desk = self.desk_id()?;
        let entry = Entry { desk: &desk, now };
        self.write(|transaction| {
            let mut done = BulkChange { changed: Vec::new(), refused: Vec::new(), entry: None };
            let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
            for id in ids {
                let Some(was) = read_description(transaction, *id)? else {
                    done.refused.push((*id, unknown(*id)));
                    continue;
                };
                match change(&was.tags) {
                    Ok(tags) if tags == was.tags => {}
                    Ok(tags) => {
                        let is = Description { tags: spelled(transaction, *id, &tags)?, ..was.clone() };
                        write(transaction, *id, &was, &is)?;
                        write_row(transaction, *id, &was, &was.notes, &entry)?;
                        before.insert(id.to_string(), was.tags);
                        after.insert(id.to_string(), is.tags);
                        done.changed.push(*id);
                    }
                    Err(refusal) => done.refused.push((*id, refusal)),
                }
            }
            done.entry = append_bulk(transaction, BulkChangeId::new(), &before, &after, &entry)?;
            Ok(done)
        })
    }

    /// Adds a clip of a recording, with the first event of its history and the tags of the whole.
    pub fn add_clip(
        &self,
        clip: &Recording,
        of: RecordingId,
        now: DateTime<Utc>,
        note: &EventNote,
    ) -> Result<(), Error> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            add(transaction, clip, note)?;
            copy_tags(transaction, of, clip.id, &Entry { desk: &desk, now })
        })
    }

    /// Returns the recordings whose video does not say yet what people wrote here, the one written first before the
    /// others.
    pub fn descriptions_to_tell(&self) -> Result<Vec<RecordingId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT d.recording_id FROM recording_descriptions d INDEXED BY recording_descriptions_to_tell
             CROSS JOIN recordings r ON r.id = d.recording_id
             WHERE d.told = 0 AND r.video_id IS NOT NULL AND r.status = 'READY' ORDER BY d.edited_at, d.recording_id",
        )?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
        ids.map(|id| {
            let id = id?;
            id.parse().map_err(|_| Error::unreadable("recording id", id))
        })
        .collect()
    }

    /// Returns the recording that has a video, who wrote its description last, and whether that is told; `None` where no
    /// recording has the video.
    pub fn description_of_video(&self, video: &VideoId) -> Result<Option<(RecordingId, Option<Stamp>, bool)>, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let sql = "SELECT id FROM recordings WHERE video_id = ?1";
        let id =
            connection.prepare_cached(sql)?.query_row([video.as_str()], |row| row.get::<_, String>(0)).optional()?;
        let Some(id) = id else { return Ok(None) };
        let id: RecordingId = id.parse().map_err(|_| Error::unreadable("recording id", id))?;
        Ok(Some((id, stamp_of(connection, id)?, !is_untold(connection, id)?)))
    }

    /// Notes that the metadata of the video says what was written at `stamp`. A later change stays to be told.
    pub fn note_told(&self, id: RecordingId, words: &Description, stamp: &Stamp) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_descriptions SET base = ?4, told = (edited_at = ?2 AND edited_by = ?3) WHERE recording_id = ?1",
            params![id.to_string(), to_millis(stamp.at), stamp.desk, words.to_base(Some(stamp))],
        )?;
        Ok(())
    }

    /// Takes over what another desk wrote, if that is newer than what this desk has and this desk has nothing to tell.
    /// What it replaces is kept in the history of the recording.
    pub fn take_description(
        &self,
        id: RecordingId,
        theirs: &Description,
        stamp: &Stamp,
        now: DateTime<Utc>,
    ) -> Result<Taken, Error> {
        self.write(|transaction| {
            let Some(before) = read_description(transaction, id)? else { return Ok(Taken::Same) };
            let known = stamp_of(transaction, id)?;
            if is_untold(transaction, id)? {
                return Ok(Taken::OursIsNewer);
            }
            if known.as_ref() > Some(stamp) {
                let untold = "UPDATE recording_descriptions SET told = 0 WHERE recording_id = ?1";
                transaction.prepare_cached(untold)?.execute([id.to_string()])?;
                return Ok(Taken::OursIsNewer);
            }
            if known.as_ref() == Some(stamp) {
                return Ok(Taken::Same);
            }
            take(transaction, id, &before, theirs, stamp, now)
        })
    }

    /// Joins what this desk has to tell with what another desk wrote meanwhile. What one of them loses is kept in the
    /// history of the recording.
    pub fn merge_description(
        &self,
        id: RecordingId,
        theirs: &Description,
        their_stamp: &Stamp,
        now: DateTime<Utc>,
    ) -> Result<Taken, Error> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some(ours) = read_description(transaction, id)? else { return Ok(Taken::Same) };
            let Some(stamp) = stamp_of(transaction, id)? else {
                return take(transaction, id, &ours, theirs, their_stamp, now);
            };
            let sql = "SELECT base FROM recording_descriptions WHERE recording_id = ?1";
            let base: String = transaction.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0))?;
            let (base, base_stamp) = Description::of_base(&base).unzip();
            let base_stamp = base_stamp.flatten();
            let written_after = their_stamp.desk == stamp.desk && *their_stamp < stamp;
            if stamp == *their_stamp {
                set_row(transaction, id, &ours.notes, &stamp, true, &theirs.to_base(Some(their_stamp)))?;
                return Ok(Taken::Same);
            }
            if base_stamp.as_ref() == Some(their_stamp) || written_after {
                return Ok(Taken::OursIsNewer);
            }
            let (later, earlier) = if *their_stamp > stamp { (theirs, &ours) } else { (&ours, theirs) };
            // What was written before the base was written without knowing it.
            let base = base.filter(|_| base_stamp.is_none_or(|base| base < *their_stamp));
            let base = base.unwrap_or_else(|| Description::unknown_base(earlier));
            let merged = Description::merged(&base, later, earlier);
            if merged == *theirs {
                return take(transaction, id, &ours, theirs, their_stamp, now);
            }
            note_lost(transaction, id, &ours, &merged, THEIRS_COUNT, now)?;
            note_lost(transaction, id, theirs, &merged, OURS_COUNT, now)?;
            write(transaction, id, &ours, &merged)?;
            let stamp = Stamp::next(now, &desk, Some(their_stamp.max(&stamp)));
            set_row(transaction, id, &merged.notes, &stamp, false, &theirs.to_base(Some(their_stamp)))?;
            Ok(Taken::Merged)
        })
    }
}

const THEIRS_COUNT: &str = "Another desk changed this recording, so its words count. This desk had";
const OURS_COUNT: &str = "This desk wrote later than another one, so its words count. The other desk had";

fn note_lost(
    transaction: &Transaction<'_>,
    id: RecordingId,
    before: &Description,
    after: &Description,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(lost) = before.lost_in(after)
        && let Some(recording) = current(transaction, id)?
    {
        let note = EventKind::Noted.note(format!("{why} {lost}."));
        append_event(transaction, id, now, Some(recording.stage), recording.stage, &note)?;
    }
    Ok(())
}

fn take(
    transaction: &Transaction<'_>,
    id: RecordingId,
    before: &Description,
    theirs: &Description,
    stamp: &Stamp,
    now: DateTime<Utc>,
) -> Result<Taken, Error> {
    note_lost(transaction, id, before, theirs, THEIRS_COUNT, now)?;
    write(transaction, id, before, theirs)?;
    set_row(transaction, id, &theirs.notes, stamp, true, &theirs.to_base(Some(stamp)))?;
    Ok(if before == theirs { Taken::Same } else { Taken::TakenOver })
}

fn set_row(
    transaction: &Transaction<'_>,
    id: RecordingId,
    notes: &str,
    stamp: &Stamp,
    told: bool,
    base: &str,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO recording_descriptions VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (recording_id)
             DO UPDATE SET notes = ?2, edited_at = ?3, edited_by = ?4, told = ?5, base = ?6",
        )?
        .execute(params![id.to_string(), notes, to_millis(stamp.at), stamp.desk, told, base])?;
    Ok(())
}

fn read_notes(connection: &Connection, id: RecordingId) -> Result<String, Error> {
    let sql = "SELECT notes FROM recording_descriptions WHERE recording_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0)).optional()?.unwrap_or_default())
}

fn read_tags(connection: &Connection, id: RecordingId) -> Result<Tags, Error> {
    let sql = "SELECT tag, name FROM recording_tags WHERE recording_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let tags = statement.query_map([id.to_string()], |row| Ok(Tag::stored(row.get(0)?, row.get(1)?)))?;
    Ok(tags_of(tags.collect::<Result<Vec<_>, _>>()?))
}

/// Reads what people wrote about a recording on any connection or transaction.
pub(in crate::store) fn read_description(
    connection: &Connection,
    id: RecordingId,
) -> Result<Option<Description>, Error> {
    let sql = "SELECT title FROM recordings WHERE id = ?1";
    let title = connection.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0)).optional()?;
    let Some(title) = title else { return Ok(None) };
    Ok(Some(Description { title, notes: read_notes(connection, id)?, tags: read_tags(connection, id)? }))
}

fn is_untold(connection: &Connection, id: RecordingId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM recording_descriptions WHERE recording_id = ?1 AND told = 0";
    Ok(connection.prepare_cached(sql)?.exists([id.to_string()])?)
}

fn stamp_of(connection: &Connection, id: RecordingId) -> Result<Option<Stamp>, Error> {
    let sql = "SELECT edited_at, edited_by FROM recording_descriptions WHERE recording_id = ?1";
    let stamp = connection
        .prepare_cached(sql)?
        .query_row([id.to_string()], |row| Ok(Stamp { at: bounds::nearest_moment(row.get(0)?), desk: row.get(1)? }));
    Ok(stamp.optional()?)
}

/// Returns tags as they are written in this library: as another recording has them, or else as they are. So the spelling
/// of a tag can be corrected while only this recording has it.
fn spelled(connection: &Connection, id: RecordingId, tags: &Tags) -> Result<Tags, Error> {
    let sql = "SELECT name FROM recording_tags WHERE tag = ?1 AND recording_id <> ?2 LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let spelled = tags.iter().map(|(key, tag)| {
        let name = statement.query_row(params![key, id.to_string()], |row| row.get(0)).optional()?;
        Ok((key.clone(), name.map_or_else(|| tag.clone(), |name| Tag::stored(key.clone(), name))))
    });
    spelled.collect()
}

/// Stores the title and the tags, where they differ. The notes have a row with the stamp.
fn write(
    transaction: &Transaction<'_>,
    id: RecordingId,
    before: &Description,
    after: &Description,
) -> Result<(), Error> {
    let key = id.to_string();
    if before.title != after.title {
        let instructor = "SELECT instructor FROM recordings WHERE id = ?1";
        let instructor: String = transaction.prepare_cached(instructor)?.query_row([&key], |row| row.get(0))?;
        let words = words_of(&after.title, shown_instructor(&instructor));
        let set = "UPDATE recordings SET title = ?2, words = ?3 WHERE id = ?1";
        transaction.prepare_cached(set)?.execute(params![key, after.title, words])?;
    }
    for tag in before.tags.values().filter(|tag| !after.tags.contains_key(tag.key())) {
        let delete = "DELETE FROM recording_tags WHERE recording_id = ?1 AND tag = ?2";
        transaction.prepare_cached(delete)?.execute(params![key, tag.key()])?;
    }
    for (_, tag) in
        spelled(transaction, id, &after.tags)?.iter().filter(|(key, tag)| before.tags.get(*key) != Some(*tag))
    {
        let add =
            "INSERT INTO recording_tags VALUES (?1, ?2, ?3) ON CONFLICT (recording_id, tag) DO UPDATE SET name = ?3";
        transaction.prepare_cached(add)?.execute(params![key, tag.key(), tag.name()])?;
    }
    Ok(())
}

/// Writes the row of a change by hand. The first change of a recording keeps what it began with.
fn write_row(
    transaction: &Transaction<'_>,
    id: RecordingId,
    before: &Description,
    notes: &str,
    entry: &Entry<'_>,
) -> Result<(), Error> {
    let stamp = Stamp::next(entry.now, entry.desk, stamp_of(transaction, id)?.as_ref());
    transaction
        .prepare_cached(
            "INSERT INTO recording_descriptions VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (recording_id)
             DO UPDATE SET notes = ?2, edited_at = ?3, edited_by = ?4, told = 0",
        )?
        .execute(params![id.to_string(), notes, to_millis(stamp.at), stamp.desk, before.to_base(None)])?;
    Ok(())
}

/// Gives a recording the tags of another one.
pub(in crate::store) fn copy_tags(
    transaction: &Transaction<'_>,
    from: RecordingId,
    to: RecordingId,
    entry: &Entry<'_>,
) -> Result<(), Error> {
    let (tags, before) = (read_tags(transaction, from)?, read_description(transaction, to)?);
    let Some(before) = before.filter(|_| !tags.is_empty()) else { return Ok(()) };
    write(transaction, to, &before, &Description { tags, ..before.clone() })?;
    write_row(transaction, to, &before, &before.notes, entry)
}

/// Stores what a person wrote about a recording, where it differs, and writes the journal entry.
pub(in crate::store) fn write_by_hand(
    transaction: &Transaction<'_>,
    id: RecordingId,
    before: &Description,
    after: &Description,
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let after = Description { tags: spelled(transaction, id, &after.tags)?, ..after.clone() };
    let Some(changes) = FieldChanges::between(&before.fields(), &after.fields()) else { return Ok(None) };
    write(transaction, id, before, &after)?;
    write_row(transaction, id, before, &after.notes, entry)?;
    entry.append(transaction, Entity::Recording(id), &changes).map(Some)
}

fn append_bulk(
    transaction: &Transaction<'_>,
    id: BulkChangeId,
    before: &BTreeMap<String, Tags>,
    after: &BTreeMap<String, Tags>,
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let changes = FieldChanges::between(&bulk_fields(before), &bulk_fields(after));
    changes.map(|changes| entry.append(transaction, Entity::Recordings(id), &changes)).transpose()
}

/// The present tags of the recordings that a change of several named.
pub(in crate::store) fn tags_named_in<'a>(
    connection: &Connection,
    ids: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Tags>, Error> {
    let mut all = BTreeMap::new();
    for id in ids {
        let Ok(recording) = id.parse() else { continue };
        if let Some(description) = read_description(connection, recording)? {
            all.insert(id.clone(), description.tags);
        }
    }
    Ok(all)
}

/// Stores the tags of several recordings and writes one journal entry.
pub(in crate::store) fn write_tags_by_hand(
    transaction: &Transaction<'_>,
    id: BulkChangeId,
    before: &BTreeMap<String, Tags>,
    after: &BTreeMap<String, Tags>,
    entry: &Entry<'_>,
) -> Result<Option<JournalId>, Error> {
    let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
    for (key, tags) in after.iter().filter(|(key, tags)| before.get(*key) != Some(*tags)) {
        let Ok(recording) = key.parse() else { continue };
        let Some(present) = read_description(transaction, recording)? else { continue };
        write(transaction, recording, &present, &Description { tags: tags.clone(), ..present.clone() })?;
        write_row(transaction, recording, &present, &present.notes, entry)?;
        was.insert(key.clone(), present.tags);
        is.insert(key.clone(), tags.clone());
    }
    append_bulk(transaction, id, &was, &is, entry)
}
