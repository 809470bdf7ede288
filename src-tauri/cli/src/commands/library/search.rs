//! `recording search|view`: finding recordings, and saved views.

use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use hajime_core::actions::library::{search, views};
use hajime_core::context::Context;
use hajime_core::domain::library::hit::{Hit, clock};
use hajime_core::domain::library::query::{
    Counts, Cursor, Facets, Filter, Flag, Place, Query, Sort, SortBy, of_word, word_of,
};
use hajime_core::domain::library::view::SavedView;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use super::recording_view::RecordingView;
use crate::output::Output;

/// The words of a choice, for the help text and its check.
fn words<T>(table: &'static [(&'static str, T)]) -> PossibleValuesParser {
    PossibleValuesParser::new(table.iter().map(|(word, _)| *word))
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// What to find: words of titles, names, tags, notes, people, the chat and what was said. Without it, all recordings.
    #[arg(default_value = "")]
    text: String,
    #[command(flatten)]
    filters: Filters,
    /// Begin with a saved view, by its name or id. Other choices here come on top.
    #[arg(long)]
    view: Option<String>,
    /// Show at most this many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Skip this many first.
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Begin after this row: `next` of the page before.
    #[arg(long)]
    after: Option<String>,
    /// Print how many recordings each filter would leave, instead of recordings.
    #[arg(long)]
    counts: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Only recordings with this status.
    #[arg(long, value_parser = words(&Filter::WORDS))]
    status: Option<String>,
    /// Only recordings with this tag; may be given several times.
    #[arg(long)]
    tag: Vec<String>,
    /// Only recordings of this instructor.
    #[arg(long)]
    instructor: Option<String>,
    /// Only recordings that have or lack this; may be given several times.
    #[arg(long, value_parser = words(&Flag::WORDS))]
    only: Vec<String>,
    /// Only recordings from this day on, as YYYY-MM-DD in UTC.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Only recordings before this day, as YYYY-MM-DD in UTC.
    #[arg(long)]
    until: Option<NaiveDate>,
    /// Only recordings whose video Stream deletes before this day, as YYYY-MM-DD in UTC.
    #[arg(long)]
    expires_before: Option<NaiveDate>,
    /// Look only there.
    #[arg(long = "in", value_parser = words(&Place::WORDS))]
    place: Option<String>,
    /// The order.
    #[arg(long, value_parser = words(&SortBy::WORDS))]
    sort: Option<String>,
    /// The smallest or oldest first.
    #[arg(long)]
    ascending: bool,
}

impl Filters {
    fn on(&self, mut query: Query) -> Query {
        fn chosen<T: Copy>(table: &'static [(&'static str, T)], word: Option<&String>, present: T) -> T {
            word.and_then(|word| of_word(table, word)).unwrap_or(present)
        }
        query.filter = chosen(&Filter::WORDS, self.status.as_ref(), query.filter);
        query.place = chosen(&Place::WORDS, self.place.as_ref(), query.place);
        let by = chosen(&SortBy::WORDS, self.sort.as_ref(), query.sort.by);
        query.sort = Sort { by, descending: query.sort.descending && !self.ascending };
        query.tags.extend(self.tag.iter().cloned());
        query.flags.extend(self.only.iter().filter_map(|word| of_word(&Flag::WORDS, word)));
        query.instructor = self.instructor.clone().or(query.instructor);
        let midnight = |day: Option<NaiveDate>| day.and_then(|day| Some(day.and_hms_opt(0, 0, 0)?.and_utc()));
        if self.from.is_some() {
            (query.from, query.days) = (midnight(self.from), None);
        }
        query.until = midnight(self.until).or(query.until);
        query.expires_before = midnight(self.expires_before).or(query.expires_before);
        query.bounded()
    }
}

/// The output for a place at which a search was found. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct HitView {
    place: &'static str,
    text: String,
    /// The marked words.
    marked: Vec<String>,
    /// When it was said or written, in seconds since the beginning of the video.
    at_seconds: Option<i64>,
    #[serde(skip)]
    line: String,
}

impl From<&Hit> for HitView {
    fn from(hit: &Hit) -> Self {
        let marked = hit.pieces().into_iter().filter(|(_, marked)| *marked).map(|(text, _)| text.to_owned()).collect();
        let place = word_of(&Place::WORDS, &hit.place);
        let shown: String = hit
            .pieces()
            .iter()
            .map(|(text, marked)| if *marked { format!("[{text}]") } else { (*text).to_owned() })
            .collect();
        let at = hit.at.map(|at| format!(" at {}", clock(at))).unwrap_or_default();
        Self {
            place,
            text: hit.text.clone(),
            marked,
            at_seconds: hit.at.map(|at| at.num_seconds()),
            line: format!("    {place}{at}: {}", shown.replace('\n', " ")),
        }
    }
}

#[derive(Debug, Serialize)]
struct RowView {
    #[serde(flatten)]
    recording: RecordingView,
    hits: Vec<HitView>,
}

#[derive(Debug, Serialize)]
struct PageView {
    recordings: Vec<RowView>,
    /// Where the next page begins; `null` at the end, and where the order is by fit.
    next: Option<String>,
    /// Words that the search was taken for, because it finds little as it was written.
    also: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CountView {
    name: String,
    recordings: u32,
}

#[derive(Debug, Serialize)]
struct FacetsView {
    total: u32,
    status: Vec<CountView>,
    only: Vec<CountView>,
    places: Vec<CountView>,
    instructors: Vec<CountView>,
    tags: Vec<CountView>,
}

impl From<Facets> for FacetsView {
    fn from(Facets { total, status, flags, places, instructors, tags }: Facets) -> Self {
        let view = |(name, recordings): (String, u32)| CountView { name, recordings };
        let of_status = |counts: Counts| Filter::WORDS.map(|(word, filter)| view((word.to_owned(), counts.of(filter))));
        Self {
            total,
            status: of_status(status).into(),
            only: flags.iter().map(|(flag, number)| view((word_of(&Flag::WORDS, flag).to_owned(), *number))).collect(),
            places: places
                .iter()
                .map(|(place, number)| view((word_of(&Place::WORDS, place).to_owned(), *number)))
                .collect(),
            instructors: instructors.into_iter().map(view).collect(),
            tags: tags.into_iter().map(view).collect(),
        }
    }
}

impl FacetsView {
    fn lines(&self) -> String {
        let groups = [
            ("status", &self.status),
            ("only", &self.only),
            ("in", &self.places),
            ("instructor", &self.instructors),
            ("tag", &self.tags),
        ];
        let lines = groups.iter().flat_map(|(group, counts)| {
            counts.iter().map(move |count| format!("{:>8}  {group} {}", count.recordings, count.name))
        });
        std::iter::once(format!("{:>8}  found", self.total)).chain(lines).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn run(context: &Context, asked: &Search, output: Output) -> Result<(), UserError> {
    let begun = match &asked.view {
        Some(view) => views::find(context, view)?.query,
        None => Query::default(),
    };
    let query = asked.filters.on(begun);
    let after = asked.after.as_deref().map(|text| Cursor::of_text(text).ok_or_else(not_a_page)).transpose()?;
    let search = if asked.text.is_empty() { query.search.clone() } else { asked.text.clone() };
    let query = Query { search, limit: asked.limit, offset: asked.offset, after, ..query };
    search::index_all(context).ok();
    if asked.counts {
        output.print(&FacetsView::from(search::facets(context, &query)?), FacetsView::lines);
        return Ok(());
    }
    let page = search::find(context, &query)?;
    let view = PageView {
        recordings: page
            .rows
            .into_iter()
            .map(|row| RowView { hits: row.hits.iter().map(HitView::from).collect(), recording: row.view.into() })
            .collect(),
        next: page.next.map(|next| next.to_text()),
        also: page.also,
    };
    output.print(&view, |page| match page.recordings.as_slice() {
        [] => "No recording matches.".to_owned(),
        rows => {
            let lines = rows.iter().flat_map(|row| {
                std::iter::once(row.recording.line()).chain(row.hits.iter().map(|hit| hit.line.clone()))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    });
    Ok(())
}

fn not_a_page() -> UserError {
    let why = "The text after --after is not a page.";
    Error::Conflict { message: why.into(), next: "Copy `next` of the page before, or leave --after out." }.into()
}

#[derive(Debug, Subcommand)]
pub(crate) enum View {
    /// List the saved views.
    List,
    /// Save a search and its filters under a name.
    Save {
        /// The name.
        name: String,
        /// What to find.
        #[arg(long, default_value = "")]
        search: String,
        #[command(flatten)]
        filters: Filters,
    },
    /// Remove a saved view. The change can be undone.
    Remove {
        /// The name or the id.
        view: String,
    },
}

/// The output for a saved view. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct SavedViewView {
    id: String,
    name: String,
    query: serde_json::Value,
}

impl From<SavedView> for SavedViewView {
    fn from(view: SavedView) -> Self {
        Self { id: view.id.to_string(), name: view.name, query: view.query.to_view() }
    }
}

impl SavedViewView {
    fn line(&self) -> String {
        format!("{}  {}  {}", self.id, self.name, self.query)
    }
}

pub(crate) fn run_view(context: &Context, view: &View, output: Output) -> Result<(), UserError> {
    match view {
        View::List => {
            let all: Vec<SavedViewView> = views::list(context)?.into_iter().map(Into::into).collect();
            output.print(&all, |all| match all.as_slice() {
                [] => "No view was saved.".to_owned(),
                all => all.iter().map(SavedViewView::line).collect::<Vec<_>>().join("\n"),
            });
        }
        View::Save { name, search, filters } => {
            let query = filters.on(Query { search: search.clone(), ..Query::default() });
            output.print(&SavedViewView::from(views::save(context, None, name, &query)?), SavedViewView::line);
        }
        View::Remove { view } => {
            let view = views::find(context, view)?;
            views::remove(context, view.id)?;
            output.print(&SavedViewView::from(view), |view| format!("Removed: {}", view.line()));
        }
    }
    Ok(())
}
