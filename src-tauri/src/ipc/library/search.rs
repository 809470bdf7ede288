//! Finding recordings: the query, its page with what was found, the counts of filters, and saved views.

use chrono::{DateTime, Utc};
use hajime_core::actions::library::recordings::{self, Page};
use hajime_core::actions::library::{search, views};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::library::hit::Hit;
use hajime_core::domain::library::query::{
    Counts, Cursor, Facets, Filter, Flag, Place, Query, SEARCH_MAX, Sort, SortBy, of_word, word_of,
};
use hajime_core::domain::library::view::SavedView;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::library::recordings::RecordingDto;
use crate::ipc::{id, maybe_instant};

hajime_macros::commands![recordings_list, recordings_counts, library_views, library_view_save, library_view_remove];

/// How many rows the page may request at once.
const ROWS_PER_PAGE: u32 = 500;

/// Returns a page of the list, with where the search was found in each recording.
#[hajime_macros::command]
pub(crate) async fn recordings_list(
    accounts: State<'_, Accounts>,
    query: RecordingsQuery,
) -> Result<RecordingsPage, UserError> {
    let here = accounts.current().await?;
    Ok(recordings::list(&here.context, &query.into())?.into())
}

/// Returns how many recordings each choice of a filter would leave.
#[hajime_macros::command]
pub(crate) async fn recordings_counts(
    accounts: State<'_, Accounts>,
    query: RecordingsQuery,
) -> Result<FacetsDto, UserError> {
    let here = accounts.current().await?;
    Ok(search::facets(&here.context, &query.into())?.into())
}

/// Returns the saved views, by name.
#[hajime_macros::command]
pub(crate) async fn library_views(accounts: State<'_, Accounts>) -> Result<Vec<SavedViewDto>, UserError> {
    let here = accounts.current().await?;
    Ok(views::list(&here.context)?.into_iter().map(SavedViewDto::from).collect())
}

/// Saves a query under a name: a new view, or the one with this id.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn library_view_save(
    accounts: State<'_, Accounts>,
    view: Option<String>,
    name: String,
    query: RecordingsQuery,
) -> Result<SavedViewDto, UserError> {
    let here = accounts.current().await?;
    let view = view.as_deref().map(id).transpose()?;
    Ok(views::save(&here.context, view, &name, &query.into())?.into())
}

/// Removes a saved view. Returns the change, which can be undone.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn library_view_remove(accounts: State<'_, Accounts>, view: String) -> Result<String, UserError> {
    let here = accounts.current().await?;
    let change = views::remove(&here.context, id(&view)?)?;
    Ok(change.map(|change| change.to_string()).unwrap_or_default())
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordingFilter {
    All,
    Ready,
    Processing,
    Failed,
    Deleted,
}

impl From<RecordingFilter> for Filter {
    fn from(filter: RecordingFilter) -> Self {
        match filter {
            RecordingFilter::All => Self::All,
            RecordingFilter::Ready => Self::Ready,
            RecordingFilter::Processing => Self::Processing,
            RecordingFilter::Failed => Self::Failed,
            RecordingFilter::Deleted => Self::Deleted,
        }
    }
}

impl From<Filter> for RecordingFilter {
    fn from(filter: Filter) -> Self {
        match filter {
            Filter::All => Self::All,
            Filter::Ready => Self::Ready,
            Filter::Processing => Self::Processing,
            Filter::Failed => Self::Failed,
            Filter::Deleted => Self::Deleted,
        }
    }
}

/// Which recordings the list shows, and in which order. Words that this version does not know count as absent.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct RecordingsQuery {
    search: String,
    filter: RecordingFilter,
    limit: u32,
    offset: u32,
    /// Where the search looks: `everywhere`, `title`, `instructor`, `tags`, `notes`, `people`, `chat` or `transcript`.
    #[serde(default)]
    #[ts(optional)]
    place: Option<String>,
    /// What all of them have or lack: `not_shared`, `no_captions`, `untagged`, `silent_or_blank`.
    #[serde(default)]
    #[ts(optional)]
    flags: Option<Vec<String>>,
    #[serde(default)]
    #[ts(optional)]
    instructor: Option<String>,
    /// Tags that all of them have.
    #[serde(default)]
    #[ts(optional)]
    tags: Option<Vec<String>>,
    /// The earliest moment.
    #[serde(default)]
    #[ts(optional)]
    from: Option<String>,
    /// How many days before now the earliest moment is, instead of `from`.
    #[serde(default)]
    #[ts(optional)]
    days: Option<u32>,
    /// The moment that none of them reaches.
    #[serde(default)]
    #[ts(optional)]
    until: Option<String>,
    /// The moment before which Stream deletes the video of all of them.
    #[serde(default)]
    #[ts(optional)]
    expires_before: Option<String>,
    /// The column of the order: `fit`, `when`, `title`, `instructor`, `length`, `size`, `status` or `links`.
    #[serde(default)]
    #[ts(optional)]
    sort: Option<String>,
    #[serde(default)]
    #[ts(optional)]
    ascending: Option<bool>,
    /// `next` of the page before.
    #[serde(default)]
    #[ts(optional)]
    after: Option<String>,
}

impl RecordingsQuery {
    /// Returns the query for a change of all that it finds. A member that this version cannot read is refused, because
    /// the query would find more without it.
    pub(crate) fn exact(self) -> Result<Query, UserError> {
        let is_moment = |text: Option<&String>| text.is_none() || moment(text).is_some();
        let known = [
            ("search", self.search.chars().count() <= SEARCH_MAX),
            ("place", self.place.as_ref().is_none_or(|word| of_word(&Place::WORDS, word).is_some())),
            ("flags", self.flags.iter().flatten().all(|word| of_word(&Flag::WORDS, word).is_some())),
            ("from", is_moment(self.from.as_ref())),
            ("until", is_moment(self.until.as_ref())),
            ("expires_before", is_moment(self.expires_before.as_ref())),
        ];
        if let Some((name, _)) = known.iter().find(|(_, known)| !known) {
            let message = format!("The filter “{name}” of the recordings to change cannot be read.");
            return Err(UserError::new(
                ErrorCode::InvalidInput,
                message,
                "Set the filters again, or select the recordings one by one.",
            ));
        }
        Ok(self.into())
    }
}

fn moment(text: Option<&String>) -> Option<DateTime<Utc>> {
    text.and_then(|text| text.parse().ok())
}

impl From<RecordingsQuery> for Query {
    fn from(query: RecordingsQuery) -> Self {
        let flags = query.flags.unwrap_or_default();
        Self {
            search: query.search,
            place: query.place.and_then(|word| of_word(&Place::WORDS, &word)).unwrap_or_default(),
            filter: query.filter.into(),
            flags: flags.iter().filter_map(|word| of_word(&Flag::WORDS, word)).collect(),
            instructor: query.instructor,
            tags: query.tags.unwrap_or_default(),
            from: moment(query.from.as_ref()),
            days: query.days,
            until: moment(query.until.as_ref()),
            expires_before: moment(query.expires_before.as_ref()),
            soon: None,
            sort: Sort {
                by: query.sort.and_then(|word| of_word(&SortBy::WORDS, &word)).unwrap_or_default(),
                descending: !query.ascending.unwrap_or(false),
            },
            limit: query.limit.min(ROWS_PER_PAGE),
            offset: query.offset,
            after: query.after.as_deref().and_then(Cursor::of_text),
        }
        .bounded()
    }
}

impl From<Query> for RecordingsQuery {
    fn from(query: Query) -> Self {
        let words =
            |flags: &[Flag]| flags.iter().map(|flag| word_of(&Flag::WORDS, flag).to_owned()).collect::<Vec<_>>();
        Self {
            filter: query.filter.into(),
            limit: query.limit,
            offset: query.offset,
            place: Some(word_of(&Place::WORDS, &query.place).to_owned()),
            flags: Some(words(&query.flags)),
            from: maybe_instant(query.from),
            days: query.days,
            until: maybe_instant(query.until),
            expires_before: maybe_instant(query.expires_before),
            sort: Some(word_of(&SortBy::WORDS, &query.sort.by).to_owned()),
            ascending: Some(!query.sort.descending),
            after: query.after.as_ref().map(Cursor::to_text),
            instructor: query.instructor,
            tags: Some(query.tags),
            search: query.search,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingsCounts {
    all: u32,
    ready: u32,
    processing: u32,
    failed: u32,
    deleted: u32,
}

impl From<Counts> for RecordingsCounts {
    fn from(Counts { all, ready, processing, failed, deleted }: Counts) -> Self {
        Self { all, ready, processing, failed, deleted }
    }
}

/// A piece of a text, and whether the search found it.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PieceDto {
    text: String,
    found: bool,
}

/// A place in a recording at which the search was found.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct HitDto {
    /// `title`, `instructor`, `tags`, `notes`, `people`, `chat` or `transcript`.
    place: String,
    /// The text, in pieces.
    pieces: Vec<PieceDto>,
    /// When it was said or written, in seconds since the beginning of the video; `null` if that is not known.
    at_seconds: Option<i64>,
}

impl From<Hit> for HitDto {
    fn from(hit: Hit) -> Self {
        let pieces = hit.pieces().into_iter().map(|(text, found)| PieceDto { text: text.to_owned(), found });
        Self {
            place: word_of(&Place::WORDS, &hit.place).to_owned(),
            pieces: pieces.collect(),
            at_seconds: hit.at.map(|at| at.num_seconds()),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RecordingsPage {
    rows: Vec<RecordingDto>,
    /// Where the search was found in each row; empty lists without a search.
    hits: Vec<Vec<HitDto>>,
    /// Words that the search was taken for, because it finds little as it was written.
    also: Vec<String>,
    /// How many recordings are not indexed yet, so that the search may not find them; 0 without a search.
    behind: u32,
    /// Where the next page begins; `null` at the end, and if the order is by fit.
    next: Option<String>,
    total: u32,
    counts: RecordingsCounts,
    /// How many recordings may be removed from the list, whatever the search and the filter.
    missing: u32,
}

impl From<Page> for RecordingsPage {
    fn from(Page { rows, hits, also, behind, next, total, counts, missing }: Page) -> Self {
        Self {
            rows: rows.into_iter().map(RecordingDto::from).collect(),
            hits: hits.into_iter().map(|all| all.into_iter().map(HitDto::from).collect()).collect(),
            also,
            behind,
            next: next.as_ref().map(Cursor::to_text),
            total,
            counts: counts.into(),
            missing,
        }
    }
}

/// A choice of a filter, and how many recordings it would leave.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct FacetDto {
    name: String,
    count: u32,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct FacetsDto {
    total: u32,
    status: RecordingsCounts,
    flags: Vec<FacetDto>,
    /// Empty without a search, and if too many recordings are found to count them.
    places: Vec<FacetDto>,
    instructors: Vec<FacetDto>,
    tags: Vec<FacetDto>,
}

impl From<Facets> for FacetsDto {
    fn from(Facets { total, status, flags, places, instructors, tags }: Facets) -> Self {
        let facet = |(name, count): (String, u32)| FacetDto { name, count };
        Self {
            total,
            status: status.into(),
            flags: flags.iter().map(|(one, count)| facet((word_of(&Flag::WORDS, one).to_owned(), *count))).collect(),
            places: places.iter().map(|(one, count)| facet((word_of(&Place::WORDS, one).to_owned(), *count))).collect(),
            instructors: instructors.into_iter().map(facet).collect(),
            tags: tags.into_iter().map(facet).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SavedViewDto {
    id: String,
    name: String,
    query: RecordingsQuery,
}

impl From<SavedView> for SavedViewDto {
    fn from(view: SavedView) -> Self {
        Self { id: view.id.to_string(), name: view.name, query: view.query.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_of_all_that_match_refuses_a_query_that_it_cannot_read() {
        let query = |more: serde_json::Value| {
            let mut all = json!({ "search": "", "filter": "all", "limit": 0, "offset": 0 });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value::<RecordingsQuery>(all).unwrap().exact()
        };
        for wrong in [
            json!({ "place": "x" }),
            json!({ "flags": ["untagged", "x"] }),
            json!({ "from": "yesterday" }),
            json!({ "until": "" }),
            json!({ "expires_before": "soon" }),
            json!({ "search": "x".repeat(201) }),
        ] {
            assert!(query(wrong.clone()).is_err(), "{wrong}");
        }
        let right = query(json!({ "flags": ["untagged"], "from": "2026-03-20T12:00:00Z", "place": "title" })).unwrap();
        assert_eq!((right.flags, right.place, right.from.is_some()), (vec![Flag::Untagged], Place::Title, true));
    }
}
