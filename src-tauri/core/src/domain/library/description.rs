//! What people write about a recording: its title, notes and tags.
//!
//! The words also stand in the metadata of the Stream video, where other desks find them. Where two desks wrote at once,
//! [`Description::merged`] keeps what each of them changed; of two changes of the same field, the one with the later
//! [`Stamp`] counts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::bounds;
use crate::domain::bounds::Moved as _;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::library::attachment::visible_line;
use crate::domain::profile::journal::{FieldChanges, Fields, JournalEntry, UndoRefusal, field};
use crate::domain::schedule::limits::TITLE_MAX;
use crate::domain::search::folded;
use crate::domain::text::{one_line, visible};

/// The longest tag, in characters.
pub const TAG_MAX: usize = 40;
/// The most tags of one recording.
pub const TAGS_MAX: usize = 20;
/// The longest notes, in characters. They have to fit into the metadata of a Stream video.
pub const NOTES_MAX: usize = 2_000;

/// How far the clock of another desk may be ahead.
pub(super) const AHEAD_MAX: TimeDelta = TimeDelta::days(1);

const TITLE: &str = "title";
const NOTES: &str = "notes";
const TAGS: &str = "tags";

/// The names of the metadata at Stream. The title is the video’s `name`.
const NAME_META: &str = "name";
const NOTES_META: &str = "hajime_notes";
const TAGS_META: &str = "hajime_tags";
const STAMP_META: &str = "hajime_edited";

/// A tag. Two tags are the same whatever their capitals, width and composition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    key: String,
    name: String,
}

impl Tag {
    /// Checks a tag that somebody wrote.
    pub fn check(text: &str) -> Result<Self, Invalid> {
        let name: String = one_line(text);
        let refused = |message: String, next| Err(Invalid::one(TAGS, message, next));
        match name.chars().count() {
            0 => refused("A tag is empty.".into(), "Write a word, for example “kihon”."),
            length if length > TAG_MAX => {
                refused(format!("A tag has {length} characters."), "Use at most 40 characters for a tag.")
            }
            _ if name.contains([',', '，', '、']) => {
                refused(format!("The tag “{name}” has a comma."), "Write several tags one by one.")
            }
            _ => Ok(Self { key: folded(&name), name: composed(&name) }),
        }
    }

    /// A tag as the database has it.
    #[must_use]
    pub fn stored(key: String, name: String) -> Self {
        Self { key, name }
    }

    /// Returns what is the same for every spelling of the tag.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the tag as it was first written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Composes letters and accents (NFC).
fn composed(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfc().collect()
}

/// The tags of a recording, each once.
pub type Tags = BTreeMap<String, Tag>;

/// Collects tags by their keys. Of two spellings, the first stays.
#[must_use]
pub fn tags_of(tags: impl IntoIterator<Item = Tag>) -> Tags {
    let mut all = Tags::new();
    for tag in tags {
        all.entry(tag.key.clone()).or_insert(tag);
    }
    all
}

/// Title, notes and tags of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The title: that of the session until somebody writes another one.
    pub title: String,
    /// Notes, which may have several lines; empty where there are none.
    pub notes: String,
    /// The tags by their keys.
    pub tags: Tags,
}

/// What somebody wants to be different. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DescriptionInput {
    /// The new title.
    pub title: Option<String>,
    /// The new notes.
    pub notes: Option<String>,
    /// The new tags instead of all present ones.
    pub tags: Option<Vec<String>>,
}

/// Tags to add to recordings and to take off them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagChange {
    /// The tags to add.
    pub add: Vec<Tag>,
    /// The keys of the tags to take off.
    pub remove: BTreeSet<String>,
}

impl TagChange {
    /// Checks tags that somebody wrote. A tag that is to be added and taken off at once is refused.
    pub fn check(add: &[String], remove: &[String]) -> Result<Self, Invalid> {
        let add = add.iter().map(|text| Tag::check(text)).collect::<Result<Vec<_>, _>>()?;
        let remove: BTreeSet<String> =
            remove.iter().map(|text| Ok(Tag::check(text)?.key)).collect::<Result<_, Invalid>>()?;
        if let Some(both) = add.iter().find(|tag| remove.contains(&tag.key)) {
            let message = format!("The tag “{}” is to be added and taken off at once.", both.name);
            return Err(Invalid::one(TAGS, message, "Name it once."));
        }
        if add.is_empty() && remove.is_empty() {
            return Err(Invalid::one(TAGS, "No tag was named.", "Name a tag to add or to take off."));
        }
        Ok(Self { add, remove })
    }

    /// Returns tags with this change.
    pub fn apply(&self, tags: &Tags) -> Result<Tags, Invalid> {
        let mut after: Tags = tags.clone();
        after.retain(|key, _| !self.remove.contains(key));
        for tag in &self.add {
            after.entry(tag.key.clone()).or_insert_with(|| tag.clone());
        }
        check_number(&after)?;
        Ok(after)
    }
}

fn check_number(tags: &Tags) -> Result<(), Invalid> {
    if tags.len() > TAGS_MAX {
        let message = format!("A recording would have {} tags.", tags.len());
        return Err(Invalid::one(TAGS, message, "A recording has at most 20 tags. Take one off first."));
    }
    Ok(())
}

impl Description {
    /// Returns the description with what somebody wants to be different, and reports all problems at once.
    pub fn changed(&self, input: &DescriptionInput) -> Result<Self, Invalid> {
        let mut after = self.clone();
        let mut problems = Vec::new();
        let problem = |field, message: String, next| FieldError { field, message, next };
        if let Some(title) = &input.title {
            after.title = composed(&one_line(title));
            match after.title.chars().count() {
                0 => problems.push(problem(TITLE, "The title is empty.".into(), "Write a title.")),
                length if length > TITLE_MAX => problems.push(problem(
                    TITLE,
                    format!("The title has {length} characters."),
                    "Use at most 120 characters.",
                )),
                _ => {}
            }
        }
        if let Some(notes) = &input.notes {
            after.notes = lines(notes);
            let length = after.notes.chars().count();
            if length > NOTES_MAX {
                let message = format!("The notes have {length} characters.");
                problems.push(problem(NOTES, message, "Use at most 2,000 characters."));
            }
        }
        if let Some(tags) = &input.tags {
            match tags.iter().map(|text| Tag::check(text)).collect::<Result<Vec<_>, _>>().map(tags_of) {
                Ok(tags) => {
                    after.tags = tags;
                    problems
                        .extend(check_number(&after.tags).err().iter().flat_map(|invalid| invalid.problems().to_vec()));
                }
                Err(invalid) => problems.extend(invalid.problems().iter().cloned()),
            }
        }
        Invalid::check(problems)?;
        Ok(after)
    }

    /// Returns the fields by name, for the journal.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let values = [(TITLE, json!(self.title)), (NOTES, json!(self.notes)), (TAGS, names(&self.tags))];
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Returns the description with the values from before the change in `entry`.
    pub fn undo(&self, entry: &JournalEntry) -> Result<Self, UndoRefusal> {
        entry.check_undo(&self.fields())?;
        let before = &entry.changes.before;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            title: field(before, TITLE, text)?.unwrap_or_else(|| self.title.clone()),
            notes: field(before, NOTES, text)?.unwrap_or_else(|| self.notes.clone()),
            tags: field(before, TAGS, tags_in)?.unwrap_or_else(|| self.tags.clone()),
        })
    }

    /// Returns what `after` no longer has of this, in words for the history; `None` where nothing is lost. Empty notes
    /// and tags that were added lose nothing.
    #[must_use]
    pub fn lost_in(&self, after: &Self) -> Option<String> {
        let mut lost = Vec::new();
        if self.title != after.title {
            lost.push(format!("the title “{}”", self.title));
        }
        if self.notes != after.notes && !self.notes.is_empty() {
            lost.push(format!("the notes “{}”", self.notes));
        }
        let tags: Vec<&str> =
            self.tags.iter().filter(|(key, _)| !after.tags.contains_key(*key)).map(|(_, tag)| tag.name()).collect();
        if !tags.is_empty() {
            lost.push(format!("the tags {}", tags.join(", ")));
        }
        (!lost.is_empty()).then(|| lost.join(", "))
    }

    /// Joins what two desks wrote that both began with `base`. A field that only one of them changed is as that one wrote
    /// it; of two changes of the title or of the notes, that of the later desk counts. Tags are added and taken off as
    /// each desk did.
    #[must_use]
    pub fn merged(base: &Self, later: &Self, earlier: &Self) -> Self {
        let pick = |of: fn(&Self) -> &String| if of(later) == of(base) { of(earlier) } else { of(later) }.clone();
        let mut tags = later.tags.clone();
        tags.retain(|key, _| earlier.tags.contains_key(key) || !base.tags.contains_key(key));
        for (key, tag) in earlier.tags.iter().filter(|(key, _)| !base.tags.contains_key(*key)) {
            if tags.len() < TAGS_MAX {
                tags.entry(key.clone()).or_insert_with(|| tag.clone());
            }
        }
        Self { title: pick(|one| &one.title), notes: pick(|one| &one.notes), tags }
    }

    /// Returns what two descriptions began with where that is not known: nothing counts as taken off, and the title of
    /// the later one counts.
    #[must_use]
    pub fn unknown_base(earlier: &Self) -> Self {
        Self { title: earlier.title.clone(), notes: String::new(), tags: Tags::new() }
    }

    /// Returns this as a text for the database, with its stamp if a desk wrote it.
    #[must_use]
    pub fn to_base(&self, stamp: Option<&Stamp>) -> String {
        let mut meta = self.words_of_meta();
        meta.extend(stamp.map(|stamp| (STAMP_META, stamp.to_text())));
        json!(meta).to_string()
    }

    /// Reads what [`Self::to_base`] wrote; `None` where the text is another one.
    #[must_use]
    pub fn of_base(text: &str) -> Option<(Self, Option<Stamp>)> {
        let meta: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let stamp = meta.get(STAMP_META).and_then(|stamp| Stamp::of_text(stamp));
        Some((Self::of_words(meta.get(NAME_META).map(String::as_str), &meta)?, stamp))
    }

    fn words_of_meta(&self) -> BTreeMap<&'static str, String> {
        [(NAME_META, self.title.clone()), (NOTES_META, self.notes.clone()), (TAGS_META, names(&self.tags).to_string())]
            .into()
    }

    /// Returns the members of a video’s metadata that say this.
    #[must_use]
    pub fn to_meta(&self, stamp: &Stamp) -> BTreeMap<&'static str, String> {
        let mut meta = self.words_of_meta();
        meta.insert(STAMP_META, stamp.to_text());
        meta
    }

    /// Reads what a video’s metadata says, and when it was written; `None` where no desk of Hajime wrote it, or where
    /// it cannot be read. Everybody with access to the account can write metadata, so the limits hold here too. A moment
    /// that is far ahead is no moment at which a desk wrote: every later change would have to be later still.
    #[must_use]
    pub fn of_meta(name: Option<&str>, meta: &BTreeMap<String, String>, now: DateTime<Utc>) -> Option<(Self, Stamp)> {
        let stamp = Stamp::of_text(meta.get(STAMP_META)?)?;
        (stamp.at <= now.later(AHEAD_MAX)).then_some(())?;
        Some((Self::of_words(name, meta)?, stamp))
    }

    fn of_words(name: Option<&str>, meta: &BTreeMap<String, String>) -> Option<Self> {
        let title = composed(&visible_line(name?, TITLE_MAX)?);
        let notes = meta.get(NOTES_META).map(|notes| lines(notes)).unwrap_or_default();
        let tags = meta.get(TAGS_META).and_then(|text| serde_json::from_str(text).ok());
        let tags = tags.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let tags = tags.iter().filter_map(|tag| Tag::check(tag.as_str()?).ok()).take(TAGS_MAX);
        Some(Self { title, notes: notes.chars().take(NOTES_MAX).collect(), tags: tags_of(tags) })
    }
}

/// The tags as a list of names.
fn names(tags: &Tags) -> Value {
    tags.values().map(Tag::name).collect()
}

fn tags_in(value: &Value) -> Option<Tags> {
    let tags = value.as_array()?.iter().map(|tag| Tag::check(tag.as_str()?).ok());
    Some(tags_of(tags.collect::<Option<Vec<_>>>()?))
}

/// Returns a text of several lines without invisible characters, without blanks at the ends of its lines, and with at
/// most one empty line in a row.
fn lines(text: &str) -> String {
    let limit = text.char_indices().nth(NOTES_MAX.saturating_mul(4)).map_or(text.len(), |(at, _)| at);
    let text = text.get(..limit).unwrap_or(text).replace("\r\n", "\n");
    let mut kept: Vec<String> = Vec::new();
    for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let line = composed(visible(line).trim_end());
        if !line.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(line);
        }
    }
    while kept.last().is_some_and(String::is_empty) {
        kept.pop();
    }
    kept.join("\n")
}

/// When a desk wrote a description. Of two, the later one counts; where both are of the same millisecond, the desk with
/// the greater id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// The moment, to the millisecond.
    pub at: DateTime<Utc>,
    /// The id of the desk.
    pub desk: String,
}

impl Stamp {
    /// Returns the stamp of a change that is made now. It is later than the one before, even where that comes from a
    /// desk whose clock is ahead.
    #[must_use]
    pub fn next(now: DateTime<Utc>, desk: &str, before: Option<&Self>) -> Self {
        let now = bounds::nearest_moment(now.timestamp_millis());
        let at = before.map_or(now, |before| now.max(before.at.later(TimeDelta::milliseconds(1))));
        Self { at, desk: desk.to_owned() }
    }

    fn to_text(&self) -> String {
        format!("{} {}", self.at.to_rfc3339_opts(SecondsFormat::Millis, true), self.desk)
    }

    fn of_text(text: &str) -> Option<Self> {
        let (at, desk) = text.split_once(' ')?;
        is_desk(desk).then_some(Self { at: bounds::moment_from(at)?, desk: desk.to_owned() })
    }
}

/// Whether a text from the metadata of a video may be the id of a desk.
pub(super) fn is_desk(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-')
}

/// The tags that a change of several recordings gave each of them, by the id of the recording, as fields of the
/// journal.
#[must_use]
pub fn bulk_fields(tags: &BTreeMap<String, Tags>) -> Fields {
    tags.iter().map(|(id, tags)| (id.clone(), names(tags))).collect()
}

/// Returns the tags of recordings without what a change of several did. Tags that were changed since for another reason
/// stay, so that nothing speaks against the undo.
pub fn bulk_undo(now: &BTreeMap<String, Tags>, entry: &JournalEntry) -> Result<BTreeMap<String, Tags>, UndoRefusal> {
    if entry.undone_by.is_some() {
        return Err(UndoRefusal::AlreadyUndone);
    }
    let FieldChanges { before, after } = &entry.changes;
    let mut undone = now.clone();
    for (id, tags) in &mut undone {
        let of = |fields| field(fields, id, tags_in).map(Option::unwrap_or_default);
        let (was, became) = (of(before)?, of(after)?);
        tags.retain(|key, _| was.contains_key(key) || !became.contains_key(key));
        for (key, tag) in was.iter().filter(|(key, _)| !became.contains_key(*key)) {
            if tags.len() < TAGS_MAX {
                tags.entry(key.clone()).or_insert_with(|| tag.clone());
            }
        }
    }
    Ok(undone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn description() -> Description {
        Description { title: "Karate".into(), notes: String::new(), tags: Tags::new() }
    }

    fn tags(names: &[&str]) -> Tags {
        tags_of(names.iter().map(|name| Tag::check(name).unwrap()))
    }

    fn input(title: Option<&str>, notes: Option<&str>, tags: Option<&[&str]>) -> DescriptionInput {
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        DescriptionInput { title: title.map(Into::into), notes: notes.map(Into::into), tags: tags.map(owned) }
    }

    #[test]
    fn spellings_of_a_tag_are_one_tag_and_the_first_spelling_stays() {
        let all = tags(&["Kihon", "KIHON", " kihon ", "ｋｉｈｏｎ", "Pru\u{308}fung", "prüfung", "Prufung"]);
        assert_eq!(names(&all), json!(["Kihon", "Prufung", "Prüfung"]));
    }

    #[test]
    fn hostile_texts_become_plain_or_are_refused_with_their_field() {
        let after = description()
            .changed(&input(
                Some("  Ka\u{202e}ra\u{200b}te\n<b>x</b> "),
                Some("one \r\ntwo\u{0}\n\n\n\nthree\n\n"),
                Some(&["<script>", "a\nb"]),
            ))
            .unwrap();
        assert_eq!(after.title, "Karate <b>x</b>");
        assert_eq!(after.notes, "one\ntwo\n\nthree");
        assert_eq!(names(&after.tags), json!(["<script>", "a b"]));
        let long = "x".repeat(10_000);
        let refused = description().changed(&input(Some(&long), Some(&long), Some(&[&long]))).unwrap_err();
        let fields: Vec<_> = refused.problems().iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["title", "notes", "tags"]);
        assert!(description().changed(&input(Some("\u{200b} "), None, None)).is_err());
        assert!(Tag::check("a, b").is_err() && Tag::check("\u{202e}").is_err());
        let many: Vec<String> = (0..21).map(|number| format!("tag {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(description().changed(&input(None, None, Some(&many))).is_err());
        assert!(description().changed(&input(None, None, Some(&many[..20]))).is_ok());
    }

    #[test]
    fn the_later_stamp_counts_and_a_change_is_later_than_the_one_before_it() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let ahead = Stamp { at: at("2030-01-01T00:00:00Z"), desk: "a".into() };
        let next = Stamp::next(at("2026-03-20T12:00:00.123456Z"), "b", Some(&ahead));
        assert!(next > ahead);
        assert_eq!(Stamp::next(at("2026-03-20T12:00:00.123456Z"), "b", None).at, at("2026-03-20T12:00:00.123Z"));
        assert!(Stamp { desk: "b".into(), ..ahead.clone() } > ahead);
    }

    #[test]
    fn what_two_desks_changed_is_joined_and_nothing_is_lost_without_a_word() {
        let of = |title: &str, notes: &str, names: &[&str]| Description {
            title: title.into(),
            notes: notes.into(),
            tags: tags(names),
        };
        let base = of("Karate", "", &["old", "kept"]);
        let notes = of("Karate", "Bring a belt.", &["old", "kept", "a"]);
        let tagged = of("Karate", "", &["kept", "b"]);
        let both = of("Karate", "Bring a belt.", &["kept", "a", "b"]);
        assert_eq!(Description::merged(&base, &tagged, &notes), both);
        assert_eq!(Description::merged(&base, &notes, &tagged), both);
        let (later, earlier) = (of("Judo", "later", &["kept"]), of("Aikido", "earlier", &["kept"]));
        let joined = Description::merged(&base, &later, &earlier);
        assert_eq!(joined, of("Judo", "later", &["kept"]));
        assert_eq!(earlier.lost_in(&joined).unwrap(), "the title “Aikido”, the notes “earlier”");
        assert_eq!(tagged.lost_in(&both), None);
        assert_eq!(notes.lost_in(&both).unwrap(), "the tags old");
        let unknown = Description::unknown_base(&notes);
        let title = of("Karate 2", "", &["b"]);
        assert_eq!(
            Description::merged(&unknown, &title, &notes),
            of("Karate 2", "Bring a belt.", &["old", "kept", "a", "b"])
        );
    }

    #[test]
    fn metadata_of_other_programs_is_no_description() {
        let meta = |stamp: &str| BTreeMap::from([("hajime_edited".to_owned(), stamp.to_owned())]);
        let now: DateTime<Utc> = "2026-03-20T12:00:00Z".parse().unwrap();
        let wrong = ["", "x", "2026-03-20T12:00:00Z", "2026-03-20T12:00:00Z ../../x", "+262142-12-31T23:59:59Z desk"];
        let ahead = ["2100-12-31T23:59:59Z desk", "2026-03-21T12:00:00.001Z desk"];
        for stamp in wrong.into_iter().chain(ahead) {
            assert_eq!(Description::of_meta(Some("Karate"), &meta(stamp), now), None, "{stamp}");
        }
        assert!(Description::of_meta(Some("Karate"), &meta("2026-03-21T12:00:00Z desk"), now).is_some());
        let (read, _) = Description::of_meta(Some("Karate"), &meta("2026-03-20T12:00:00Z desk"), now).unwrap();
        assert_eq!(read, description());
        let odd = BTreeMap::from([
            ("hajime_edited".to_owned(), "2026-03-20T12:00:00Z desk".to_owned()),
            ("hajime_tags".to_owned(), r#"["kihon", 7, "a,b", "KIHON"]"#.to_owned()),
            ("hajime_notes".to_owned(), "n".repeat(9_000)),
        ]);
        let (read, _) = Description::of_meta(Some("Karate"), &odd, now).unwrap();
        assert_eq!((names(&read.tags), read.notes.len()), (json!(["kihon"]), NOTES_MAX));
    }

    #[test]
    fn undoing_a_change_of_several_leaves_what_was_changed_since() {
        let all = |names: &[&str]| BTreeMap::from([("r".to_owned(), tags(names))]);
        let entry = JournalEntry {
            id: crate::domain::ids::JournalId::new(),
            at: DateTime::UNIX_EPOCH,
            desk: "desk".into(),
            actor: "T".into(),
            entity: crate::domain::profile::journal::Entity::Settings,
            changes: FieldChanges {
                before: bulk_fields(&all(&["kept", "gone"])),
                after: bulk_fields(&all(&["kept", "new"])),
            },
            undone_by: None,
        };
        let undone = bulk_undo(&all(&["kept", "new", "later"]), &entry).unwrap();
        assert_eq!(undone, all(&["gone", "kept", "later"]));
        let again = JournalEntry { undone_by: Some(entry.id), ..entry };
        assert_eq!(bulk_undo(&all(&[]), &again), Err(UndoRefusal::AlreadyUndone));
    }

    proptest! {
        #[test]
        fn what_is_written_to_metadata_reads_back(title in "\\PC{1,60}", notes in "[\\PC\n]{0,80}", tag in "\\PC{1,20}", millis in 946_684_800_000_i64..4_000_000_000_000) {
            let Ok(written) = description().changed(&input(Some(&title), Some(&notes), Some(&[&tag]))) else { return Ok(()) };
            let stamp = Stamp::next(DateTime::from_timestamp_millis(millis).unwrap(), "desk-1", None);
            let mut meta: BTreeMap<String, String> =
                written.to_meta(&stamp).into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
            let name = meta.remove("name");
            if bounds::moment(stamp.at).is_some() {
                let base = written.to_base(Some(&stamp));
                prop_assert_eq!(Description::of_base(&base), Some((written.clone(), Some(stamp.clone()))));
                prop_assert_eq!(Description::of_base(&written.to_base(None)), Some((written.clone(), None)));
                prop_assert_eq!(Description::of_meta(name.as_deref(), &meta, stamp.at), Some((written, stamp)));
            }
        }
    }
}
