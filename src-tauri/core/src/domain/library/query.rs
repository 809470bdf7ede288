//! The query for a page of recordings, and the number of recordings it finds.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::bounds;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::library::description::TAGS_MAX;
use crate::domain::library::retention::BIN_TIME;
use crate::domain::search::folded;
use crate::domain::text::one_line;

/// The status that the list shows. Removed recordings are never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// All recordings.
    #[default]
    All,
    /// Recordings that can be watched.
    Ready,
    /// Recordings that are being captured or processed.
    Processing,
    /// Recordings that failed. A recording whose video was deleted from Stream does not count.
    Failed,
    /// Recordings whose video was deleted from Stream.
    Deleted,
}

impl Filter {
    /// Every status with its word in the CLI, the IPC and saved views.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("all", Self::All),
        ("ready", Self::Ready),
        ("processing", Self::Processing),
        ("failed", Self::Failed),
        ("deleted", Self::Deleted),
    ];
}

/// Something that recordings have or lack, beside their status. A new one needs its word here and its condition in
/// `store/library/conditions.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// It can be watched, and no link of it was ever made.
    NotShared,
    /// It can be watched, and nothing of what was said in it is known as text.
    NoCaptions,
    /// It has no tag.
    Untagged,
    /// Somebody keeps it forever.
    Kept,
    /// Stream deletes its video within 30 days.
    Expiring,
    /// The check of its picture and sound found a blank, frozen or silent stretch.
    SilentOrBlank,
}

impl Flag {
    /// Every flag with its word in the CLI, the IPC and saved views.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("not_shared", Self::NotShared),
        ("no_captions", Self::NoCaptions),
        ("untagged", Self::Untagged),
        ("kept", Self::Kept),
        ("expiring", Self::Expiring),
        ("silent_or_blank", Self::SilentOrBlank),
    ];
}

/// Where a search looks: everywhere, or in one column of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In every column.
    #[default]
    Everywhere,
    /// In the title.
    Title,
    /// In the name of the instructor.
    Instructor,
    /// In the tags.
    Tags,
    /// In the notes.
    Notes,
    /// In the names of the people of the class.
    People,
    /// In the chat.
    Chat,
    /// In what was said.
    Transcript,
}

impl Place {
    /// Every place with its word in the CLI, the IPC and saved views, in the order of the columns of the index.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("everywhere", Self::Everywhere),
        ("title", Self::Title),
        ("instructor", Self::Instructor),
        ("tags", Self::Tags),
        ("notes", Self::Notes),
        ("people", Self::People),
        ("chat", Self::Chat),
        ("transcript", Self::Transcript),
    ];
}

/// The column by which the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// By what fits the search best; without a search, by the moment.
    #[default]
    Fit,
    /// By the moment at which it was recorded.
    When,
    /// By the title.
    Title,
    /// By the name of the instructor.
    Instructor,
    /// By the length of the video.
    Length,
    /// By the size of the file.
    Size,
    /// By the status.
    Status,
    /// By the number of links made.
    Links,
}

impl SortBy {
    /// Every column with its word in the CLI, the IPC and saved views.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("fit", Self::Fit),
        ("when", Self::When),
        ("title", Self::Title),
        ("instructor", Self::Instructor),
        ("length", Self::Length),
        ("size", Self::Size),
        ("status", Self::Status),
        ("links", Self::Links),
    ];
}

/// Returns the word of a value in a table of words.
#[must_use]
pub fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, one)| one == value).map_or("", |(word, _)| word)
}

/// Returns the value of a word in a table of words.
#[must_use]
pub fn of_word<T: Copy>(words: &[(&'static str, T)], text: &str) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// Whether the greatest or newest comes first. The best fit always comes first.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { by: SortBy::Fit, descending: true }
    }
}

/// The place of a row in a sorted list. The page after it begins with the next row, also when rows were added meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The value of the row in the column that the list is sorted by: a number or a text.
    pub value: Value,
    /// The id of the row’s recording.
    pub id: RecordingId,
}

impl Cursor {
    /// Returns the cursor as a text for the page and the CLI.
    #[must_use]
    pub fn to_text(&self) -> String {
        json!([self.value, self.id]).to_string()
    }

    /// Reads a cursor; `None` where the text is none.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let (value, id) = serde_json::from_str::<(Value, RecordingId)>(text).ok()?;
        (value.is_i64() || value.is_string()).then_some(Self { value, id })
    }
}

/// The request for one page of the list. `limit` and `offset` count recordings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Words to find, compared as in [`crate::domain::search`]; empty finds all.
    pub search: String,
    /// Where the words are looked for.
    pub place: Place,
    /// The status of the recordings that the list shows.
    pub filter: Filter,
    /// What all of them have or lack.
    pub flags: Vec<Flag>,
    /// The name of the instructor of all of them; `None` for any.
    pub instructor: Option<String>,
    /// The keys of tags that all of them have.
    pub tags: Vec<String>,
    /// The earliest moment.
    pub from: Option<DateTime<Utc>>,
    /// How many days before now the earliest moment is, instead of `from`.
    pub days: Option<u32>,
    /// The moment that none of them reaches.
    pub until: Option<DateTime<Utc>>,
    /// The moment before which Stream deletes the video of all of them; `None` where that does not matter.
    pub expires_before: Option<DateTime<Utc>>,
    /// The moment before which a video expires soon; `None` where nothing does.
    pub soon: Option<DateTime<Utc>>,
    /// The order.
    pub sort: Sort,
    /// The most recordings on the page.
    pub limit: u32,
    /// The number of recordings before the page, or after `after`.
    pub offset: u32,
    /// The row after which the page begins; `None` for the first row.
    pub after: Option<Cursor>,
}

/// The most tags of one query: one more than a recording can have.
const TAGS_ASKED_MAX: usize = TAGS_MAX + 1;
/// The longest search, in characters.
pub const SEARCH_MAX: usize = 200;

impl Query {
    /// Returns the column that the list is really sorted by: without a search, nothing fits better than another.
    #[must_use]
    pub fn sort_by(&self) -> SortBy {
        match self.sort.by {
            SortBy::Fit if crate::domain::search::words(&self.search).is_empty() => SortBy::When,
            by => by,
        }
    }

    /// Returns the query without what no list can use: texts and lists that are too long are cut.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        if let Some((end, _)) = self.search.char_indices().nth(SEARCH_MAX) {
            self.search.truncate(end);
        }
        // A tag is never left out, because the query would then find more. One that no recording can have finds nothing,
        // and so do more tags than a recording can have.
        self.tags = self.tags.iter().map(|tag| folded(&one_line(tag))).collect();
        self.tags.sort_unstable();
        self.tags.dedup();
        self.tags.truncate(TAGS_ASKED_MAX);
        self.flags.sort_unstable();
        self.flags.dedup();
        self
    }

    /// Returns the query with the moments that its days, and “soon”, mean now.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        // Whole hours, so that the statement for the next query is mostly the same.
        self.soon = now.later(BIN_TIME).duration_trunc(TimeDelta::hours(1)).ok();
        if let Some(days) = self.days {
            self.from = Some(now.earlier(TimeDelta::days(i64::from(days))));
        }
        self
    }

    /// Returns what a saved view keeps: everything but the page.
    #[must_use]
    pub fn to_view(&self) -> Value {
        let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
        json!({
            "search": self.search,
            "place": word_of(&Place::WORDS, &self.place),
            "status": word_of(&Filter::WORDS, &self.filter),
            "flags": self.flags.iter().map(|flag| word_of(&Flag::WORDS, flag)).collect::<Vec<_>>(),
            "instructor": self.instructor,
            "tags": self.tags,
            "from": moment(self.from),
            "days": self.days,
            "until": moment(self.until),
            "expires_before": moment(self.expires_before),
            "sort": word_of(&SortBy::WORDS, &self.sort.by),
            "descending": self.sort.descending,
        })
    }

    /// Reads what a saved view keeps. What this version does not know is left out.
    #[must_use]
    pub fn of_view(view: &Value) -> Self {
        let text = |name: &str| view.get(name).and_then(Value::as_str);
        let texts = |name: &str| {
            let all = view.get(name).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).take(TAGS_ASKED_MAX).collect::<Vec<_>>()
        };
        let moment = |name: &str| view.get(name).and_then(Value::as_i64).map(bounds::nearest_moment);
        Self {
            search: text("search").unwrap_or_default().to_owned(),
            place: text("place").and_then(|word| of_word(&Place::WORDS, word)).unwrap_or_default(),
            filter: text("status").and_then(|word| of_word(&Filter::WORDS, word)).unwrap_or_default(),
            flags: texts("flags").iter().filter_map(|word| of_word(&Flag::WORDS, word)).collect(),
            instructor: text("instructor").map(str::to_owned),
            tags: texts("tags"),
            from: moment("from"),
            days: view.get("days").and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok()),
            until: moment("until"),
            expires_before: moment("expires_before"),
            sort: Sort {
                by: text("sort").and_then(|word| of_word(&SortBy::WORDS, word)).unwrap_or_default(),
                descending: view.get("descending").and_then(Value::as_bool).unwrap_or(true),
            },
            ..Self::default()
        }
        .bounded()
    }
}

/// The number of recordings that a search finds, in total and for each filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All recordings found.
    pub all: u32,
    /// Those that can be watched.
    pub ready: u32,
    /// Those that are being captured or processed.
    pub processing: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those whose video was deleted from Stream.
    pub deleted: u32,
}

impl Counts {
    /// Returns the number for one status.
    #[must_use]
    pub const fn of(&self, filter: Filter) -> u32 {
        match filter {
            Filter::All => self.all,
            Filter::Ready => self.ready,
            Filter::Processing => self.processing,
            Filter::Failed => self.failed,
            Filter::Deleted => self.deleted,
        }
    }
}

/// How many recordings each choice of a filter would leave, all other choices as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// The recordings that the query finds.
    pub total: u32,
    /// By status.
    pub status: Counts,
    /// By flag, as if it were chosen.
    pub flags: Vec<(Flag, u32)>,
    /// By the place where the search looks; empty without a search, and where too many are found to count them.
    pub places: Vec<(Place, u32)>,
    /// Instructors with the most recordings.
    pub instructors: Vec<(String, u32)>,
    /// Tags with the most recordings: name and number.
    pub tags: Vec<(String, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::library::description::Tag;

    #[test]
    fn a_view_reads_back_as_it_was_saved_and_an_odd_one_as_far_as_it_goes() {
        let query = Query {
            search: "mae geri".into(),
            place: Place::Transcript,
            filter: Filter::Ready,
            flags: vec![Flag::NotShared, Flag::NoCaptions],
            instructor: Some("M. Ito".into()),
            tags: vec!["kihon".into()],
            from: DateTime::from_timestamp_millis(1_700_000_000_000),
            until: None,
            expires_before: DateTime::from_timestamp_millis(1_800_000_000_000),
            days: Some(7),
            sort: Sort { by: SortBy::Title, descending: false },
            ..Query::default()
        };
        assert_eq!(Query::of_view(&query.to_view()), query);
        assert_eq!(Query::of_view(&json!("no view")), Query::default());
        let odd =
            json!({ "status": "kept", "flags": ["x", "not_shared", 7], "search": 3, "until": "x", "tags": ["", "A"] });
        let expected =
            Query { flags: vec![Flag::NotShared], tags: vec![String::new(), "a".into()], ..Query::default() };
        assert_eq!(Query::of_view(&odd), expected);
    }

    #[test]
    fn the_days_of_a_view_count_back_from_now() {
        let view = Query { days: Some(7), ..Query::default() }.to_view();
        let of = |now: &str| Query::of_view(&view).at(now.parse().unwrap()).from.unwrap().to_rfc3339();
        assert_eq!(of("2026-03-20T12:00:00Z"), "2026-03-13T12:00:00+00:00");
        assert_eq!(of("2026-06-20T12:00:00Z"), "2026-06-13T12:00:00+00:00");
        let far = Query { days: Some(u32::MAX), ..Query::default() };
        assert!(far.at(DateTime::UNIX_EPOCH).from.is_some());
    }

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let cursor = Cursor { value: json!("karate\n\"x"), id: RecordingId::new() };
        assert_eq!(Cursor::of_text(&cursor.to_text()), Some(cursor));
        for text in ["", "[]", "[1.5,\"x\"]", "{}", "[[],\"00000000-0000-0000-0000-000000000000\"]"] {
            assert_eq!(Cursor::of_text(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_query_is_longer_than_its_limit() {
        let tags: Vec<String> = (0..99).map(|number| format!("tag {number}")).collect();
        let query = Query { search: "ä".repeat(10_000), tags, ..Query::default() }.bounded();
        assert_eq!((query.search.chars().count(), query.tags.len()), (SEARCH_MAX, TAGS_MAX + 1));
    }

    #[test]
    fn a_tag_of_a_query_is_never_left_out() {
        for name in ["ß".repeat(40), "㍿".repeat(40), "a﹐b".to_owned()] {
            let key = Tag::check(&name).unwrap().key().to_owned();
            for text in [&name, &key] {
                let once = Query { tags: vec![text.clone()], ..Query::default() }.bounded();
                assert_eq!(once.tags, std::slice::from_ref(&key));
                assert_eq!(once.clone().bounded(), once);
            }
        }
        let odd = Query { tags: vec!["a,b".into(), "x".repeat(99)], ..Query::default() }.bounded();
        assert_eq!(odd.tags.len(), 2);
    }
}
