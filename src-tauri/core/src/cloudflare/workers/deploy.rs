//! Publishing files: session, uploads, version. What is not known of an outcome is settled by beginning with a new session, which asks for
//! the files that are missing and for no others.

use std::collections::BTreeSet;

use backon::Retryable as _;
use secrecy::SecretString;

use crate::cloudflare::error::Error;
use crate::cloudflare::retry;
use crate::cloudflare::transport::Client;
use crate::cloudflare::workers::assets::{Session, Uploaded};
use crate::cloudflare::workers::code::Code;
use crate::domain::profile::join_page::PageFile;

/// How much of a publication was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadedFiles {
    /// Files that were uploaded.
    pub done: usize,
    /// Files that Workers did not have.
    pub of: usize,
}

impl Client {
    /// Publishes files as a script, with these headers and perhaps with code before them. Only what Workers does not have is uploaded. Doing
    /// it twice is doing it once, so every part of it may be repeated. Secrets and texts that the script has and the code does not name stay;
    /// without code the script loses what it had of them.
    pub async fn deploy(
        &self,
        script: &str,
        files: &[PageFile],
        headers: &str,
        code: Option<&Code<'_>>,
        progress: &(dyn Fn(UploadedFiles) + Sync),
    ) -> Result<UploadedFiles, Error> {
        (|| self.deploy_once(script, files, headers, code, progress))
            .retry(retry::schedule())
            .when(retry::worth_repeating)
            .await
    }

    async fn deploy_once(
        &self,
        script: &str,
        files: &[PageFile],
        headers: &str,
        code: Option<&Code<'_>>,
        progress: &(dyn Fn(UploadedFiles) + Sync),
    ) -> Result<UploadedFiles, Error> {
        let Session { token, buckets } = self.begin_upload_of(script, files).await?;
        let wanted: BTreeSet<&String> = buckets.iter().flatten().collect();
        let mut uploaded = UploadedFiles { done: 0, of: wanted.len() };
        if buckets.iter().map(Vec::len).sum::<usize>() != wanted.len() || wanted.len() > files.len() {
            return Err(Error::Unreadable { status: 200, why: "it asks for a file twice".into() });
        }
        progress(uploaded);
        // Without a file to upload, the session's token is the one for the version.
        let mut completion = buckets.is_empty().then(|| token.clone());
        for bucket in &buckets {
            let named: Vec<&PageFile> = bucket.iter().filter_map(|hash| with_hash(files, hash)).collect();
            if named.len() != bucket.len() {
                let why = "it asks for a file that was not named".to_owned();
                return Err(Error::Unreadable { status: 200, why });
            }
            match self.upload_files(&token, &named).await? {
                Uploaded::More => {}
                Uploaded::All(token) => completion = Some(token),
                // A new session has a new token.
                Uploaded::TokenRefused => return Err(Error::Lost { why: "the upload’s token was refused".into() }),
            }
            uploaded.done = uploaded.done.saturating_add(bucket.len());
            progress(uploaded);
        }
        let completion: SecretString = completion.ok_or_else(|| Error::Unreadable {
            status: 202,
            why: "files are said to be missing that were uploaded".to_owned(),
        })?;
        self.create_version(script, &completion, headers, code).await?;
        Ok(uploaded)
    }
}

fn with_hash<'a>(files: &'a [PageFile], hash: &str) -> Option<&'a PageFile> {
    files.iter().find(|file| file.hash() == hash)
}
