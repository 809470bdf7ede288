//! Where in a recording a search is found: in its title, names, tags and notes, or in a line of its chat or transcript.

use chrono::TimeDelta;
use rusqlite::{Connection, params};

use crate::domain::library::hit::Hit;
use crate::domain::library::query::Place;
use crate::domain::recorder::clip::{Clip, ClipRange};
use crate::domain::recorder::recording::Recording;
use crate::domain::search::asked::Part;
use crate::domain::search::{marks, searchable};
use crate::store::{Error, Store};

/// The longest excerpt, in letters.
const EXCERPT: usize = 120;
/// The most lines of chats and transcripts that are looked through for one page, so that a search as somebody types stays
/// quick. Rows after that do not show the place in a chat or transcript; they are found all the same.
const LINES_PER_PAGE: u32 = 40_000;
/// The most names that are looked through.
const NAMES_READ: u32 = 1_000;

impl Store {
    /// Returns where each of these recordings has the parts of a search, in the order of the places. A chat or a
    /// transcript is read only for parts that are nowhere else, or where the search looks only there, and only as long as
    /// the page may read lines.
    pub fn hits(&self, recordings: &[Recording], parts: &[Part], place: Place) -> Result<Vec<Vec<Hit>>, Error> {
        let connection = self.connection();
        let mut lines_left = LINES_PER_PAGE;
        recordings
            .iter()
            .map(|recording| of_recording(connection.raw(), recording, parts, place, &mut lines_left))
            .collect()
    }
}

fn of_recording(
    connection: &Connection,
    recording: &Recording,
    parts: &[Part],
    place: Place,
    lines_left: &mut u32,
) -> Result<Vec<Hit>, Error> {
    let mut hits = Vec::new();
    let mut missing: Vec<bool> = vec![true; parts.len()];
    let (id, session) = (recording.id.to_string(), recording.session.to_string());
    let asked = |one: Place| place == Place::Everywhere || place == one;
    let mut short: Vec<(Place, String)> =
        vec![(Place::Title, recording.title.clone()), (Place::Instructor, recording.instructor_name().to_owned())];
    let names = |sql: &str, key: &str| -> Result<Vec<String>, Error> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![key, NAMES_READ], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let tags = names("SELECT name FROM recording_tags WHERE recording_id = ?1 ORDER BY tag LIMIT ?2", &id)?;
    short.extend(tags.into_iter().map(|tag| (Place::Tags, tag)));
    let notes = names("SELECT notes FROM recording_descriptions WHERE recording_id = ?1 LIMIT ?2", &id)?;
    short.extend(notes.into_iter().map(|notes| (Place::Notes, notes)));
    for (one, text) in short {
        if asked(one) {
            note(one, &text, None, parts, &mut missing, &mut hits);
        }
    }
    if asked(Place::People) && missing.contains(&true) {
        for name in names("SELECT name FROM roster WHERE session_id = ?1 ORDER BY place LIMIT ?2", &session)? {
            if missing.contains(&true) {
                note(Place::People, &name, None, parts, &mut missing, &mut hits);
            }
        }
    }
    for (one, sql, key) in [
        (
            Place::Transcript,
            "SELECT text, start_ms FROM transcript_lines WHERE session = ?1 ORDER BY source, n LIMIT ?2",
            &session,
        ),
        (
            Place::Transcript,
            "SELECT text, start_ms FROM caption_lines WHERE recording_id = ?1 ORDER BY language, n LIMIT ?2",
            &id,
        ),
        (Place::Chat, "SELECT text, at FROM chat_lines WHERE session = ?1 ORDER BY n LIMIT ?2", &session),
    ] {
        if asked(one) && missing.contains(&true) {
            line(connection, one, sql, key, recording, parts, lines_left, &mut missing, &mut hits)?;
        }
    }
    Ok(hits)
}

/// Adds a hit where a text has a part of the search.
fn note(
    place: Place,
    text: &str,
    at: Option<TimeDelta>,
    parts: &[Part],
    missing: &mut [bool],
    hits: &mut Vec<Hit>,
) -> bool {
    let contained = marks::contained(&searchable(text), parts);
    if !contained.contains(&true) {
        return false;
    }
    let Some(marked) = marks::excerpt(text, parts, EXCERPT) else { return false };
    for (missing, found) in missing.iter_mut().zip(contained) {
        *missing = *missing && !found;
    }
    hits.push(Hit { place, text: marked.text, marks: marked.marks, at });
    true
}

/// Adds the first line that has every part that is missing so far or, where no line has all of them, the first one that
/// has most of them.
#[expect(clippy::too_many_arguments, reason = "one place reads all tables of lines")]
fn line(
    connection: &Connection,
    place: Place,
    sql: &str,
    key: &str,
    recording: &Recording,
    parts: &[Part],
    lines_left: &mut u32,
    missing: &mut [bool],
    hits: &mut Vec<Hit>,
) -> Result<(), Error> {
    let wanted = missing.iter().filter(|one| **one).count();
    let mut best: Option<(usize, String, Option<i64>)> = None;
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![key, *lines_left])?;
    while let Some(row) = rows.next()? {
        *lines_left = lines_left.saturating_sub(1);
        let Ok(text) = row.get_ref(0)?.as_str() else { continue };
        let contained = marks::contained(&searchable(text), parts);
        let has = contained.iter().zip(missing.iter()).filter(|(found, missing)| **found && **missing).count();
        if has > 0 && best.as_ref().is_none_or(|(most, ..)| has > *most) {
            best = Some((has, text.to_owned(), row.get(1)?));
            if has == wanted {
                break;
            }
        }
    }
    if let Some((_, text, at)) = best {
        // Lines of a transcript count from the beginning of the recording, lines of a chat have a moment or none.
        let at = at.and_then(|at| match place {
            Place::Transcript => TimeDelta::try_milliseconds(at),
            _ => TimeDelta::try_milliseconds(at.checked_sub(recording.facts.started_at?.timestamp_millis())?),
        });
        // The lines are those of the whole class. One that is not in a clip is found without a place.
        let at = match recording.facts.clip {
            Some(clip) => in_class(connection, clip)?.zip(at).and_then(|(range, at)| range.place(at)),
            None => at.filter(|at| *at >= TimeDelta::zero()),
        };
        note(place, &text, at, parts, missing, hits);
    }
    Ok(())
}

/// Returns the part of the recording of the class that a clip shows; `None` for a clip of another clip.
fn in_class(connection: &Connection, clip: Clip) -> Result<Option<ClipRange>, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM recordings WHERE id = ?1 AND clip_of IS NOT NULL)";
    let of_clip: bool = connection.prepare_cached(sql)?.query_row([clip.of.to_string()], |row| row.get(0))?;
    Ok(Some(clip.range).filter(|_| !of_clip))
}
