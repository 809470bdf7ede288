//! `ledger list|verify|export`: what was done with links and keys, and whether it is as it was written.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hajime_core::actions::sharing::ledger;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::sharing::ledger::Act;
use hajime_core::domain::sharing::ledger::finding::ChainReport;
use hajime_core::domain::sharing::ledger::row::{Filter, LedgerRow, Place};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Entries, newest first.
    List {
        #[command(flatten)]
        filter: Wanted,
        /// At most this many: 1 to 500.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Go on behind this entry: what `next` said.
        #[arg(long, value_name = "PLACE", value_parser = read_place)]
        after: Option<Place>,
    },
    /// Check every entry against its hash, its signature and the keyring. Fails if anything is not as it was written.
    Verify,
    /// Write the entries into a new file: as JSON if its name ends in .json, else as CSV.
    Export {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        filter: Wanted,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// Only this act, for example `link_made` or `key_revoked`.
    #[arg(long, value_parser = read_act)]
    act: Option<Act>,
    /// Only this recording.
    #[arg(long, value_name = "ID")]
    recording: Option<String>,
    /// Only this key.
    #[arg(long, value_name = "KID")]
    key: Option<String>,
    /// Only recordings whose title holds this text, or entries whose user or note does.
    #[arg(long)]
    text: Option<String>,
    /// Only links that work now.
    #[arg(long)]
    works: bool,
    /// Only links that end within two hours.
    #[arg(long)]
    ends_soon: bool,
}

fn read_act(name: &str) -> Result<Act, String> {
    let known = || Act::ALL.map(Act::name).join(", ");
    Act::named(name).ok_or_else(|| format!("there is no such act; there are {}", known()))
}

fn read_place(text: &str) -> Result<Place, String> {
    let place = text.split_once('-').and_then(|(at, seq)| Some(Place { at: at.parse().ok()?, seq: seq.parse().ok()? }));
    place.ok_or_else(|| "this is no place in the ledger".into())
}

impl Wanted {
    fn filter(self) -> Result<Filter, UserError> {
        Ok(Filter {
            act: self.act,
            recording: self.recording.map(|id| id.parse()).transpose()?,
            kid: self.key.map(|id| id.parse()).transpose()?,
            text: self.text.unwrap_or_default(),
            ends_soon: self.ends_soon,
            works: self.works,
        })
    }
}

/// The output for an entry. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct View {
    desk: String,
    n: i64,
    at: String,
    act: String,
    role: String,
    os_user: String,
    recording_id: Option<String>,
    title: Option<String>,
    session_id: Option<String>,
    video_id: Option<String>,
    link_id: Option<String>,
    kid: Option<String>,
    rights: Option<Rights>,
    expires_at: Option<String>,
    link_state: Option<&'static str>,
    fingerprint: Option<String>,
    note: String,
    signed: bool,
}

impl View {
    fn of(row: LedgerRow, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            link_state: row.link_state(now).map(hajime_core::domain::sharing::ledger::row::LinkState::name),
            desk: row.desk,
            n: row.n,
            at: instant(row.at),
            act: row.act,
            role: row.role,
            os_user: row.os_user,
            recording_id: row.recording,
            title: row.title,
            session_id: row.session,
            video_id: row.video,
            link_id: row.link.map(|link| link.to_string()),
            kid: row.kid,
            rights: row.rights,
            expires_at: row.expires_at.map(instant),
            fingerprint: row.fingerprint.map(|fingerprint| fingerprint.to_string()),
            note: row.note,
            signed: row.is_signed,
        }
    }

    fn words(&self) -> String {
        let what = self.title.as_deref().or(self.kid.as_deref()).unwrap_or(&self.note);
        format!("{}  {}  {}  {what}  {}", self.n, self.at, self.act, self.link_state.unwrap_or_default())
    }
}

#[derive(Debug, Serialize)]
struct Part {
    rows: Vec<View>,
    /// What `--after` takes for the part behind this one; `null` after the last.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    desk: String,
    sound: bool,
    rows: i64,
    signed: i64,
    pending: i64,
    unverifiable: i64,
    /// `agrees`, `behind`, `never_noted`, `keyring_silent` or `elsewhere`.
    end: &'static str,
    gaps: Vec<Gap>,
    /// The first entry that is not as it was written; `null` if all are.
    first_bad: Option<i64>,
    fault: Option<&'static str>,
    said: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Gap {
    from: i64,
    to: i64,
    at: String,
    restored: bool,
}

impl From<&ChainReport> for Report {
    fn from(report: &ChainReport) -> Self {
        let gap = |gap: &hajime_core::domain::sharing::ledger::finding::Gap| Gap {
            from: gap.from,
            to: gap.to,
            at: instant(gap.at),
            restored: gap.restored,
        };
        Self {
            desk: report.desk.clone(),
            sound: report.is_sound(),
            rows: report.rows,
            signed: report.signed,
            pending: report.pending,
            unverifiable: report.unverifiable,
            end: report.end.name(),
            gaps: report.gaps.iter().map(gap).collect(),
            first_bad: report.finding.map(|finding| finding.n),
            fault: report.finding.map(|finding| finding.fault.name()),
            said: report.sentences(),
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List { filter, limit, after } => {
            let page = ledger::page(context, &filter.filter()?, after, limit)?;
            let now = context.now();
            let next = page.next.map(|place| format!("{}-{}", place.at, place.seq));
            let part = Part { rows: page.rows.into_iter().map(|row| View::of(row, now)).collect(), next };
            output.print(&part, |part| part.rows.iter().map(View::words).collect::<Vec<_>>().join("\n"));
        }
        Command::Verify => {
            let reports = ledger::verify(context).await?;
            let views: Vec<Report> = reports.iter().map(Report::from).collect();
            output.print(&views, |views| {
                let line = |view: &Report| format!("Desk {}: {}", view.desk, view.said.join(" "));
                views.iter().map(line).collect::<Vec<_>>().join("\n")
            });
            if let Some(bad) = reports.iter().find(|report| !report.is_sound()) {
                let message =
                    format!("The ledger of desk {} was not confirmed: {}", bad.desk, bad.sentences().join(" "));
                let next = "Compare it with a backup from before, and with what Cloudflare shows.";
                return Err(UserError::new(ErrorCode::LedgerDoubtful, message, next));
            }
        }
        Command::Export { file, filter } => {
            let rows = ledger::export(context, &filter.filter()?, &file)?;
            output.print(&serde_json::json!({ "file": file, "rows": rows }), |_| {
                format!("{rows} entries in {}", file.display())
            });
        }
    }
    Ok(())
}
