//! `archive places|add-folder|add-bucket|key|test|remove|contents|import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hajime_core::actions::library::archive::{self, Archived, PlaceView};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::library::transfer::{BucketInput, Place, PlaceKind};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::Serialize;

use super::recording_view::RecordingView;
use crate::commands::{instant, standard_input};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The places to which recordings are archived.
    Places,
    /// Add a folder as a place.
    AddFolder {
        /// The folder.
        folder: PathBuf,
        /// The name of the place.
        #[arg(long)]
        name: String,
    },
    /// Add a bucket as a place: Cloudflare R2, Amazon S3, or another one that speaks its protocol. The secret key is read from
    /// standard input and goes to the keyring.
    AddBucket(AddBucket),
    /// Replace the secret key of a bucket. It is read from standard input and goes to the keyring.
    Key {
        /// The place’s id.
        id: String,
    },
    /// Write a small file to a place and read it back.
    Test {
        /// The place’s id.
        id: String,
    },
    /// Take a place off the list and forget its key. What is archived there stays.
    Remove {
        /// The place’s id.
        id: String,
    },
    /// What a place has.
    Contents {
        /// The place’s id.
        id: String,
    },
    /// Put an archived recording back into the library, with its title, notes, tags, people, chat, transcript and captions. Where
    /// Stream does not have its video any more, the video goes back to Stream.
    Import {
        /// The JSON file beside the video: a path, or with --place its name there.
        file: PathBuf,
        /// The place’s id.
        #[arg(long, value_name = "ID")]
        place: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddBucket {
    /// The name of the place.
    #[arg(long)]
    name: String,
    /// The address of the service, which begins with `https://`.
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// The name of the bucket.
    #[arg(long)]
    bucket: String,
    /// The id of the access key.
    #[arg(long, value_name = "ID")]
    access_key: String,
    /// The region.
    #[arg(long, default_value = "auto")]
    region: String,
    /// The folder in the bucket.
    #[arg(long, default_value = "")]
    prefix: String,
}

/// The output for a place. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct View {
    id: String,
    name: String,
    kind: &'static str,
    whereabouts: String,
    has_key: bool,
}

impl View {
    fn new(place: &Place, has_key: bool) -> Self {
        Self {
            id: place.id.to_string(),
            name: place.name.clone(),
            kind: match place.kind {
                PlaceKind::Folder { .. } => "folder",
                PlaceKind::Bucket(_) => "bucket",
            },
            whereabouts: place.whereabouts(),
            has_key,
        }
    }

    fn line(&self) -> String {
        let key = if self.has_key { "" } else { "  its secret key is not in the keyring" };
        format!("{}  {}  {}{key}", self.id, self.name, self.whereabouts)
    }
}

#[derive(Debug, Serialize)]
struct Content {
    name: String,
    recording_id: Option<String>,
    title: Option<String>,
    recorded_at: Option<String>,
    bytes: Option<u64>,
    in_library: Option<bool>,
}

impl From<Archived> for Content {
    fn from(Archived { name, known }: Archived) -> Self {
        Self {
            name,
            recording_id: known.as_ref().map(|known| known.recording.to_string()),
            recorded_at: known.as_ref().map(|known| instant(known.recorded_at)),
            bytes: known.as_ref().map(|known| known.bytes),
            in_library: known.as_ref().map(|known| known.is_in_library),
            title: known.map(|known| known.title),
        }
    }
}

impl Content {
    fn line(&self) -> String {
        match (&self.title, self.in_library) {
            (Some(title), Some(true)) => format!("{}  {title}  in the library", self.name),
            (Some(title), _) => format!("{}  {title}", self.name),
            (None, _) => format!("{}  no file of an archive", self.name),
        }
    }
}

#[derive(Debug, Serialize)]
struct ImportedView {
    recording: RecordingView,
    goes_back_to_stream: bool,
}

pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    match command {
        Command::Places => {
            let places = archive::places(context).await?;
            let views: Vec<View> =
                places.iter().map(|PlaceView { place, has_key }| View::new(place, *has_key)).collect();
            output.print(&views, |views| views.iter().map(View::line).collect::<Vec<_>>().join("\n"));
        }
        Command::AddFolder { folder, name } => {
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            let place = archive::add_folder(context, &name, &folder)?;
            output.print(&View::new(&place, true), View::line);
        }
        Command::AddBucket(AddBucket { name, endpoint, bucket, access_key, region, prefix }) => {
            let bucket = BucketInput { endpoint, region, bucket, prefix, access_key };
            let place = archive::add_bucket(context, &name, &bucket, secret(input)?).await?;
            output.print(&View::new(&place, true), View::line);
        }
        Command::Key { id } => {
            archive::set_key(context, id.parse()?, secret(input)?).await?;
            output.print(&serde_json::json!({ "id": id }), |_| "The key is in the keyring.".to_owned());
        }
        Command::Test { id } => {
            archive::test_place(context, id.parse()?).await?;
            output.print(&serde_json::json!({ "id": id, "works": true }), |_| "It works.".to_owned());
        }
        Command::Remove { id } => {
            archive::remove_place(context, id.parse()?).await?;
            output.print(&serde_json::json!({ "id": id }), |_| "It is off the list. What is there stays.".to_owned());
        }
        Command::Contents { id } => {
            let contents = archive::contents(context, id.parse()?).await?;
            let views: Vec<Content> = contents.into_iter().map(Content::from).collect();
            output.print(&views, |views| views.iter().map(Content::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Import { file, place } => {
            let imported = match place {
                Some(place) => archive::import(context, place.parse()?, &file.to_string_lossy()).await?,
                None => archive::import_file(context, &file).await?,
            };
            let view = ImportedView {
                recording: RecordingView::read(context, imported.recording)?,
                goes_back_to_stream: imported.goes_back,
            };
            output.print(&view, |view| {
                let next = if view.goes_back_to_stream {
                    "\nIts video goes back to Stream while the window or `hajime-cli watch` runs."
                } else {
                    ""
                };
                format!("{}{next}", view.recording.line())
            });
        }
    }
    Ok(())
}

fn secret(input: Option<SecretString>) -> Result<SecretString, UserError> {
    standard_input(input).map_err(|error| {
        let next = "Write the secret key to standard input.";
        UserError::new(ErrorCode::InvalidInput, format!("Standard input cannot be read: {}.", error.kind()), next)
    })
}
