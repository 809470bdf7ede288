//! `app list|show|choose|create|presets`: the RealtimeKit app that holds the rooms.

use clap::Subcommand;
use hajime_core::actions::profile::app::{self, AppInUse, AppsView, Invitations, Presets};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::AppId;
use hajime_core::domain::profile::preset::Right;
use hajime_core::domain::profile::realtimekit_app::{App, AppChoice, AppName};
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::instant;
use crate::output::{Output, words};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The apps of the account, with the one in use.
    List,
    /// The app in use: where its choice came from, what it records and where, and its presets.
    Show,
    /// Use another app. Refused while a class is live or a recording is not in Stream.
    Choose {
        /// The id of the app, from `app list`.
        id: String,
        /// Do it even if invitations that were sent let nobody in any more.
        #[arg(long)]
        yes: bool,
    },
    /// Make an app. It is not in use before it is chosen.
    Create {
        /// Its name.
        name: String,
        /// Do it. Cloudflare’s API cannot delete an app.
        #[arg(long)]
        yes: bool,
    },
    /// The presets that people join with: what they allow and whether they fit.
    Presets {
        /// Make what is missing and repair Hajime’s own. Presets of others are never changed.
        #[arg(long)]
        repair: bool,
    },
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List => output.print(&ListView::from(app::view(context).await?), ListView::lines),
        Command::Show => {
            let view = app::view(context).await?;
            let Some(in_use) = view.in_use else { return Err(none_in_use(&view.apps)) };
            output.print(&ShownView::from(in_use), ShownView::lines);
        }
        Command::Choose { id, yes } => {
            let invitations = if yes { Invitations::SentAgain } else { Invitations::Kept };
            let chosen = app::choose(context, &id.parse::<AppId>()?, invitations).await?;
            output.print(&AppView::of(chosen, true), |app| format!("{} is used from now on.", app.words()));
        }
        Command::Create { name, yes: false } => {
            let name = AppName::new(&name)?;
            return Err(UserError::new(
                ErrorCode::NotConfirmed,
                format!("Nothing was made. Cloudflare’s API cannot delete an app, so “{name}” would stay."),
                "To make it, say so: the same command with --yes.",
            ));
        }
        Command::Create { name, yes: true } => {
            let made = app::create(context, &AppName::new(&name)?).await?;
            output.print(&AppView::of(made, false), |app| {
                format!("Made {}. To use it: hajime-cli app choose {}", app.words(), app.id)
            });
        }
        Command::Presets { repair: true } => {
            let repaired = app::repair(context).await?;
            let view = RepairedView {
                made: repaired.made,
                changed: repaired.changed,
                presets: PresetsView::from(repaired.presets),
            };
            output.print(&view, RepairedView::lines);
        }
        Command::Presets { repair: false } => {
            let view = app::view(context).await?;
            let Some(in_use) = view.in_use else { return Err(none_in_use(&view.apps)) };
            let presets = in_use.presets.unwrap_or_else(|| Err(unknown(&in_use.id, in_use.choice)))?;
            output.print(&PresetsView::from(presets), PresetsView::lines);
        }
    }
    Ok(())
}

fn none_in_use(apps: &[App]) -> UserError {
    if apps.is_empty() {
        return UserError::new(
            ErrorCode::AppNotChosen,
            "The account has no RealtimeKit app yet.",
            "The first class makes one, or make it now: hajime-cli app create NAME.",
        );
    }
    UserError::new(
        ErrorCode::AppNotChosen,
        format!("The account has {} RealtimeKit apps, and none is chosen.", apps.len()),
        "List them with hajime-cli app list, then choose: hajime-cli app choose ID.",
    )
}

fn unknown(id: &AppId, choice: AppChoice) -> UserError {
    Error::UnknownApp { id: id.to_string(), choice }.into()
}

/// An app as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct AppView {
    id: String,
    name: String,
    created_at: Option<String>,
    in_use: bool,
}

impl AppView {
    fn of(app: App, in_use: bool) -> Self {
        Self { id: app.id.to_string(), name: app.name, created_at: app.created_at.map(instant), in_use }
    }

    fn words(&self) -> String {
        let Self { id, name, .. } = self;
        if name.is_empty() { id.clone() } else { format!("“{name}” ({id})") }
    }
}

/// The apps of the account as the CLI prints them. The names are stable.
#[derive(Debug, Serialize)]
struct ListView {
    apps: Vec<AppView>,
    in_use: Option<String>,
    choice: Option<&'static str>,
}

impl From<AppsView> for ListView {
    fn from(view: AppsView) -> Self {
        let in_use = view.in_use.as_ref().map(|in_use| in_use.id.clone());
        Self {
            choice: view.in_use.map(|in_use| in_use.choice.name()),
            apps: view
                .apps
                .into_iter()
                .map(|app| {
                    let is_used = in_use.as_ref() == Some(&app.id);
                    AppView::of(app, is_used)
                })
                .collect(),
            in_use: in_use.map(String::from),
        }
    }
}

impl ListView {
    fn lines(&self) -> String {
        let mut lines: Vec<String> = self
            .apps
            .iter()
            .map(|app| {
                let mark = if app.in_use { "* " } else { "  " };
                let made = app.created_at.as_ref().map_or_else(String::new, |at| format!(", made {at}"));
                format!("{mark}{}{made}", app.words())
            })
            .collect();
        match &self.in_use {
            None if self.apps.is_empty() => lines.push("The account has no RealtimeKit app yet.".into()),
            None => lines.push("None is chosen: hajime-cli app choose ID".into()),
            Some(id) if !self.apps.iter().any(|app| app.in_use) => {
                lines.push(format!("The account does not have the app in use, {id}."));
            }
            Some(_) => {}
        }
        lines.join("\n")
    }
}

/// The app in use as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct ShownView {
    id: String,
    choice: &'static str,
    choice_sentence: &'static str,
    app: Option<AppView>,
    recording: Option<RecordingView>,
    presets: Option<PresetsView>,
    presets_error: Option<UserError>,
}

#[derive(Debug, Serialize)]
struct RecordingView {
    quality: &'static str,
    width: u16,
    height: u16,
    max_seconds: u32,
    kept: Option<&'static str>,
    kept_sentence: String,
}

impl From<AppInUse> for ShownView {
    fn from(in_use: AppInUse) -> Self {
        let (presets, presets_error) = match in_use.presets {
            Some(Ok(presets)) => (Some(PresetsView::from(presets)), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let recording = in_use.recording.map(|recording| {
            let (width, height) = recording.quality.pixels();
            RecordingView {
                quality: recording.quality.name(),
                width,
                height,
                max_seconds: recording.max_seconds,
                kept: recording.kept.as_ref().ok().map(app::Keeping::name),
                kept_sentence: match &recording.kept {
                    Ok(kept) => kept.sentence(),
                    Err(error) => words(error),
                },
            }
        });
        Self {
            id: in_use.id.to_string(),
            choice: in_use.choice.name(),
            choice_sentence: in_use.choice.sentence(),
            app: in_use.app.map(|app| AppView::of(app, true)),
            recording,
            presets,
            presets_error,
        }
    }
}

impl ShownView {
    fn lines(&self) -> String {
        let Some(app) = &self.app else {
            return format!("The account does not have the app in use, {}. {}", self.id, self.choice_sentence);
        };
        let mut lines = vec![format!("{}. {}", app.words(), self.choice_sentence)];
        if let Some(RecordingView { quality, width, height, max_seconds, kept_sentence, .. }) = &self.recording {
            let hours = max_seconds / 3600;
            lines.push(format!(
                "Records MP4 (H.264, AAC) in {quality}, {width} × {height} pixels, for at most {hours} hours. {kept_sentence}"
            ));
        }
        if let Some(presets) = &self.presets {
            lines.push(presets.lines());
        }
        if let Some(error) = &self.presets_error {
            lines.push(words(error));
        }
        lines.join("\n")
    }
}

/// The presets of an app as the CLI prints them. The names are stable.
#[derive(Debug, Serialize)]
struct PresetsView {
    fit: bool,
    sentence: String,
    in_use: Vec<PresetLine>,
    others: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PresetLine {
    name: &'static str,
    role: &'static str,
    may: Vec<&'static str>,
    problems: Vec<String>,
    #[serde(skip)]
    words: Vec<&'static str>,
}

impl From<Presets> for PresetsView {
    fn from(presets: Presets) -> Self {
        Self {
            fit: presets.fit(),
            sentence: presets.sentence(),
            in_use: presets
                .in_use
                .into_iter()
                .map(|preset| PresetLine {
                    name: preset.name,
                    role: preset.role.name(),
                    may: preset.may.iter().copied().map(Right::name).collect(),
                    words: preset.may.into_iter().map(Right::words).collect(),
                    problems: preset.problems,
                })
                .collect(),
            others: presets.others,
        }
    }
}

impl PresetsView {
    fn lines(&self) -> String {
        let mut lines = vec![self.sentence.clone()];
        for preset in self.in_use.iter().filter(|preset| !preset.words.is_empty()) {
            lines.push(format!("{:<11} {} may {}.", preset.role, preset.name, preset.words.join(", ")));
        }
        lines.join("\n")
    }
}

/// What a repair did as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct RepairedView {
    made: Vec<&'static str>,
    changed: Vec<&'static str>,
    presets: PresetsView,
}

impl RepairedView {
    fn lines(&self) -> String {
        let mut lines = Vec::new();
        if !self.made.is_empty() {
            lines.push(format!("Made {}.", self.made.join(" and ")));
        }
        if !self.changed.is_empty() {
            lines.push(format!("Repaired {}.", self.changed.join(" and ")));
        }
        if lines.is_empty() {
            lines.push("Nothing had to be repaired.".to_owned());
        }
        lines.push(self.presets.lines());
        lines.join("\n")
    }
}
