//! The files of a script: the session that says which are not known yet, their upload, and the version made of them.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::cloudflare::budget::Kind;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::form::{Form, Part};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::cloudflare::workers::code::Code;
use crate::domain::profile::join_page::PageFile;

/// The most files of one call. The documented bucket has 50 MiB.
const BUCKET_MAX: usize = 10_000;
/// The behaviour of the runtime that the code is written for (Workers docs, “Compatibility dates”).
const COMPATIBILITY_DATE: &str = "2026-10-01";
/// Added to the time that an upload takes at the lowest speed.
const UPLOAD_ALLOWANCE: Duration = Duration::from_secs(30);

/// A session: what has to be uploaded, and the token that allows it.
pub(super) struct Session {
    /// The token of the uploads; of the version, when nothing has to be uploaded.
    pub(super) token: SecretString,
    /// The hashes that Workers does not have, those of one call together.
    pub(super) buckets: Vec<Vec<String>>,
}

impl Entry for Session {
    const WHAT: &'static str = "upload session";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { token: fields.secret("jwt")?, buckets: fields.lists_of_texts("buckets", BUCKET_MAX) })
    }
}

/// What an upload was answered.
pub(super) enum Uploaded {
    /// Other files are missing still.
    More,
    /// All are there: the token with which a version is made.
    All(SecretString),
    /// The session's token is not accepted, or not any more.
    TokenRefused,
}

/// The token in the answer to the last upload of a session.
struct Completion(Option<SecretString>);

impl Entry for Completion {
    const WHAT: &'static str = "upload";

    fn absent() -> Option<Self> {
        Some(Self(None))
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.secret("jwt").ok()))
    }
}

impl Client {
    /// Opens a session for the files of a script. It changes nothing that is served.
    pub(super) async fn begin_upload_of(&self, script: &str, files: &[PageFile]) -> Result<Session, Error> {
        let file = |file: &PageFile| (file.path.clone(), json!({ "hash": file.hash(), "size": file.bytes.len() }));
        let manifest: BTreeMap<String, Value> = files.iter().map(file).collect();
        let path = self.account_path(&format!("/workers/scripts/{script}/assets-upload-session"));
        self.call(Call::set(Method::POST, Surface::Workers, &path, &json!({ "manifest": manifest }))).await
    }

    /// Uploads files under their hashes. The token of the session stands in for the API token.
    pub(super) async fn upload_files(&self, token: &SecretString, files: &[&PageFile]) -> Result<Uploaded, Error> {
        let texts: Vec<String> = files.iter().map(|file| STANDARD.encode(&file.bytes)).collect();
        let parts = files.iter().zip(&texts).map(|(file, text)| Part {
            name: file.hash(),
            file_name: Some(file.hash()),
            media_type: file.media_type(),
            text,
        });
        let form = Form::of(parts);
        let request = self
            .http()
            .post(self.account_url("/workers/assets/upload"))
            .query(&[("base64", "true")])
            .timeout(self.pace().longest(form.body.len()).saturating_add(UPLOAD_ALLOWANCE))
            .bearer_auth(token.expose_secret())
            .header(header::CONTENT_TYPE, form.media_type)
            .body(form.body);
        let kind = Kind::new(Surface::Workers, "upload files");
        match self.send_form(&kind, request, &[token]).await {
            Ok((status, reply)) => {
                let (Completion(token), _) = reply.one(status)?;
                Ok(match token {
                    Some(token) => Uploaded::All(token),
                    None if status == StatusCode::CREATED => {
                        return Err(Error::Unreadable {
                            status: status.as_u16(),
                            why: "an upload without its token".into(),
                        });
                    }
                    None => Uploaded::More,
                })
            }
            // The API token was not asked, so nothing is said of it.
            Err(Error::Credentials(_) | Error::Forbidden { .. }) => Ok(Uploaded::TokenRefused),
            Err(error) => Err(error),
        }
    }

    /// Makes a version of the uploaded files, with the code before them, and has it served at once.
    pub(super) async fn create_version(
        &self,
        script: &str,
        completion: &SecretString,
        headers: &str,
        code: Option<&Code<'_>>,
    ) -> Result<(), Error> {
        let mut metadata = json!({
            "assets": {
                "jwt": completion.expose_secret(),
                "config": {
                    "html_handling": "auto-trailing-slash",
                    "not_found_handling": "404-page",
                    "_headers": headers,
                },
            },
            "compatibility_date": COMPATIBILITY_DATE,
        });
        if let Some(code) = code {
            code.add_to(&mut metadata);
        }
        let metadata = metadata.to_string();
        let metadata = Part { name: "metadata", file_name: None, media_type: "application/json", text: &metadata };
        let form = Form::of([metadata].into_iter().chain(code.map(Code::part)));
        let request = self.authorized(self.http().put(self.account_url(&format!("/workers/scripts/{script}"))))?;
        let request = request.header(header::CONTENT_TYPE, form.media_type).body(form.body);
        let kind = Kind::new(Surface::Workers, "make a version");
        let secrets: Vec<&SecretString> =
            [completion].into_iter().chain(code.into_iter().flat_map(Code::secrets)).collect();
        self.send_form(&kind, request, &secrets).await.map(drop)
    }
}
