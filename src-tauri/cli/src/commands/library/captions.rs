//! `recording captions list|generate|upload|delete`.

use std::path::PathBuf;

use clap::Subcommand;
use hajime_core::actions::library::captions::{self, CaptionsView};
use hajime_core::context::Context;
use hajime_core::domain::library::captions::FILE_MAX_BYTES;
use hajime_core::domain::recorder::session_text::Language;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The captions that a recording has at Stream, one set for each language.
    List {
        /// The recording’s id.
        id: String,
    },
    /// Have Stream make captions from what is said. It takes some minutes.
    Generate {
        /// The recording’s id.
        id: String,
        /// The language that is spoken: cs, nl, en, fr, de, it, ja, ko, pl, pt, ru or es.
        #[arg(long)]
        language: String,
    },
    /// Upload captions from a file (.vtt or .srt), in the place of those in this language.
    Upload {
        /// The recording’s id.
        id: String,
        /// The file.
        file: PathBuf,
        /// The language of the captions, such as de or pt-BR.
        #[arg(long)]
        language: String,
    },
    /// Delete captions.
    Delete {
        /// The recording’s id.
        id: String,
        /// The language of the captions.
        #[arg(long)]
        language: String,
    },
}

#[derive(Debug, Serialize)]
struct Row {
    language: String,
    state: &'static str,
    generated: bool,
    lines: u32,
}

impl From<CaptionsView> for Row {
    fn from(view: CaptionsView) -> Self {
        let CaptionsView { captions, lines } = view;
        Self {
            language: captions.language.to_string(),
            state: captions.state.name(),
            generated: captions.generated,
            lines,
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let all = match command {
        Command::List { id } => captions::list(context, id.parse()?).await?,
        Command::Generate { id, language } => captions::generate(context, id.parse()?, &parsed(&language)?).await?,
        Command::Upload { id, file, language } => {
            let (id, language) = (id.parse()?, parsed(&language)?);
            let text = read(&file).map_err(|error| Error::file(&file, &error))?;
            captions::upload(context, id, &language, &text).await?
        }
        Command::Delete { id, language } => captions::delete(context, id.parse()?, &parsed(&language)?).await?,
    };
    let rows: Vec<Row> = all.into_iter().map(Row::from).collect();
    output.print(&rows, |rows| {
        let line = |row: &Row| {
            let made = if row.generated { "made by Stream" } else { "written by people" };
            format!("{:<8}  {:<11}  {made}, {} lines", row.language, row.state, row.lines)
        };
        if rows.is_empty() { "No captions.".to_owned() } else { rows.iter().map(line).collect::<Vec<_>>().join("\n") }
    });
    Ok(())
}

/// Reads a file; one byte more than is allowed, so that a larger one is refused.
fn read(file: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut text = Vec::new();
    let most = u64::try_from(FILE_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(file)?.take(most).read_to_end(&mut text)?;
    Ok(text)
}

fn parsed(language: &str) -> Result<Language, UserError> {
    Ok(language.parse::<Language>()?)
}
