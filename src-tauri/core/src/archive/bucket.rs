//! A bucket as a place of the archive. The protocol is that of Amazon S3; the crate `object_store` speaks it.
//!
//! A large file goes in parts. The id of the upload and the answer to each part are reported, so that another process can
//! go on after the last part.

use std::fmt;
use std::path::Path as FilePath;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::{Fingerprint, NAMES_MAX, NotDone, Report, Sending, of_disk};
use crate::domain::library::transfer::{Bucket, BucketUpload};
use crate::http_client;

/// Parts that are sent at once.
const PARTS_AT_ONCE: usize = 3;
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
const SILENCE_LIMIT: Duration = Duration::from_secs(45);
/// How often a request is repeated before the transfer waits.
const REPEATS: usize = 2;

/// A bucket with its key.
pub(crate) struct OpenBucket {
    store: AmazonS3,
    shown: String,
    prefix: String,
}

impl fmt::Debug for OpenBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenBucket({})", self.shown)
    }
}

/// Makes the HTTP client of a bucket, with the proxies and the certificates of this computer. It follows no redirect: the
/// request would be signed for another host.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = http_client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(SILENCE_LIMIT)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(client))
    }
}

impl OpenBucket {
    pub(super) fn open(bucket: &Bucket, secret: &SecretString) -> Result<Self, NotDone> {
        let retry = RetryConfig {
            backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
            max_retries: REPEATS,
            retry_timeout: Duration::from_secs(60),
        };
        let store = AmazonS3Builder::new()
            .with_endpoint(bucket.endpoint.as_str().trim_end_matches('/'))
            .with_region(&bucket.region)
            .with_bucket_name(&bucket.bucket)
            .with_access_key_id(&bucket.access_key)
            .with_secret_access_key(secret.expose_secret())
            .with_allow_http(http_client::on_this_computer(&bucket.endpoint))
            .with_retry(retry)
            .with_http_connector(Connector)
            .build();
        let shown = bucket.to_string();
        let store = store.map_err(|_| NotDone::Refused(format!("{shown} cannot be used. Check its address.")))?;
        Ok(Self { store, shown, prefix: bucket.prefix.clone() })
    }

    fn key(&self, name: &str) -> Result<Path, NotDone> {
        let key = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Path::parse(key).map_err(|_| NotDone::Refused(format!("{} takes no file named “{name}”.", self.shown)))
    }

    /// What a failure means. The words of the service may hold anything, so they are not shown.
    fn trouble(&self, error: &object_store::Error) -> NotDone {
        tracing::debug!(%error, "a bucket refused a request");
        let shown = &self.shown;
        match error {
            object_store::Error::NotFound { .. } => NotDone::Refused(format!(
                "There is no bucket {shown}. Check its name and address under Transfers, then resume."
            )),
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                NotDone::Refused(format!(
                    "{shown} refuses the access key. Check that it may read and write there, then resume."
                ))
            }
            _ => NotDone::Later(format!("{shown} does not answer as it should. It is tried again.")),
        }
    }

    pub(super) async fn has(&self, name: &str) -> Result<bool, NotDone> {
        match self.store.head(&self.key(name)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    pub(super) async fn send(&self, file: Sending<'_>, mut report: impl Report) -> Result<(), NotDone> {
        let key = self.key(file.name)?;
        let mut upload = match file.upload {
            Some(upload) => upload,
            None => {
                let id = self.store.create_multipart(&key).await.map_err(|error| self.trouble(&error))?;
                BucketUpload::new(id, file.size)
            }
        };
        if !report(upload.sent(file.size), Some(&upload)) {
            return Err(NotDone::Halted);
        }
        // An empty file has one empty part.
        let all = usize::try_from(file.size.div_ceil(upload.part_bytes)).unwrap_or(usize::MAX).max(1);
        let (id, part_bytes) = (upload.id.clone(), upload.part_bytes);
        let part = |index: usize| {
            let (key, id) = (&key, &id);
            async move {
                let start = u64::try_from(index).unwrap_or(u64::MAX).saturating_mul(part_bytes);
                let bytes = read_part(file.from, start, part_bytes.min(file.size.saturating_sub(start))).await;
                let bytes = bytes.map_err(|error| of_disk(file.from, &error))?;
                match self.store.put_part(key, id, index, bytes.into()).await {
                    Ok(part) => Ok(Some(part.content_id)),
                    // The bucket has forgotten the upload.
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(self.trouble(&error)),
                }
            }
        };
        let begun = upload.parts.len();
        let mut parts = stream::iter(begun..all).map(part).buffered(PARTS_AT_ONCE);
        while let Some(sent) = parts.try_next().await? {
            let Some(sent) = sent else {
                return Err(self.forgotten(&mut report));
            };
            upload.parts.push(sent);
            if !report(upload.sent(file.size), Some(&upload)) {
                return Err(NotDone::Halted);
            }
        }
        drop(parts);
        let whole = upload.parts.iter().map(|part| PartId { content_id: part.clone() }).collect();
        match self.store.complete_multipart(&key, &id, whole).await {
            Ok(_) => Ok(()),
            // The answer to an earlier request may have been lost.
            Err(object_store::Error::NotFound { .. }) => {
                if self.has(file.name).await? {
                    Ok(())
                } else {
                    Err(self.forgotten(&mut report))
                }
            }
            Err(error) => Err(self.trouble(&error)),
        }
    }

    /// The bucket knows the upload no longer, so it begins anew.
    fn forgotten(&self, report: &mut impl Report) -> NotDone {
        report(0, None);
        NotDone::Later(format!("{} has forgotten what was sent. It is sent again.", self.shown))
    }

    pub(super) async fn read_back(&self, name: &str) -> Result<Option<Fingerprint>, NotDone> {
        let Some(mut pieces) = self.pieces(name).await? else { return Ok(None) };
        let (mut digest, mut size) = (Sha256::new(), 0_u64);
        while let Some(piece) = pieces.try_next().await.map_err(|error| self.trouble(&error))? {
            size = size.saturating_add(u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX));
            digest.update(piece.as_ref());
        }
        Ok(Some((size, digest.finalize().into())))
    }

    /// The bytes of an object, piece by piece; `None` if there is none.
    async fn pieces(
        &self,
        name: &str,
    ) -> Result<Option<impl Stream<Item = object_store::Result<impl AsRef<[u8]> + use<>>> + Unpin + use<>>, NotDone>
    {
        match self.store.get(&self.key(name)?).await {
            Ok(found) => Ok(Some(found.into_stream())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    pub(super) async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), NotDone> {
        let put = self.store.put(&self.key(name)?, bytes.to_vec().into()).await;
        put.map(|_| ()).map_err(|error| self.trouble(&error))
    }

    pub(super) async fn get(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, NotDone> {
        let Some(mut pieces) = self.pieces(name).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.try_next().await.map_err(|error| self.trouble(&error))? {
            bytes.extend_from_slice(piece.as_ref());
            if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
                let said = format!("“{name}” in {} is too large to be read. Choose another file.", self.shown);
                return Err(NotDone::Refused(said));
            }
        }
        Ok(Some(bytes))
    }

    pub(super) async fn names(&self, ending: &str) -> Result<Vec<String>, NotDone> {
        let folder = (!self.prefix.is_empty()).then(|| Path::parse(&self.prefix)).transpose();
        let folder = folder.map_err(|_| NotDone::Refused(format!("{} cannot be listed.", self.shown)))?;
        let listed = self.store.list_with_delimiter(folder.as_ref()).await.map_err(|error| self.trouble(&error))?;
        let names = listed.objects.iter().filter_map(|found| found.location.filename().map(ToOwned::to_owned));
        Ok(names.filter(|name| name.ends_with(ending)).take(NAMES_MAX).collect())
    }

    pub(super) async fn fetch(&self, name: &str, to: &FilePath) -> Result<Option<Fingerprint>, NotDone> {
        let Some(mut pieces) = self.pieces(name).await? else { return Ok(None) };
        let failed = |error: std::io::Error| of_disk(to, &error);
        let mut file = File::create(to).await.map_err(failed)?;
        let (mut digest, mut size) = (Sha256::new(), 0_u64);
        while let Some(piece) = pieces.try_next().await.map_err(|error| self.trouble(&error))? {
            size = size.saturating_add(u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX));
            digest.update(piece.as_ref());
            file.write_all(piece.as_ref()).await.map_err(failed)?;
        }
        file.sync_all().await.map_err(failed)?;
        Ok(Some((size, digest.finalize().into())))
    }

    pub(super) async fn abort(&self, name: &str, id: &str) -> Result<(), NotDone> {
        match self.store.abort_multipart(&self.key(name)?, &id.to_owned()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.trouble(&error)),
        }
    }
}

async fn read_part(path: &FilePath, start: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path).await?;
    file.seek(std::io::SeekFrom::Start(start)).await?;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.read_exact(&mut bytes).await?;
    Ok(bytes)
}
