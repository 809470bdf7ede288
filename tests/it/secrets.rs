//! No secret is written to the disk, a log or an error.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hajime_core::actions::schedule::invitations;
use hajime_core::actions::sharing::links;
use hajime_core::domain::sharing::link::Validity;
use secrecy::ExposeSecret as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Cloud, TestDesk, token_in};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "current_thread")]
async fn writes_no_secret_to_disk_log_or_error() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // One subscriber serves the whole process: a subscriber of one thread misses events that other threads log first.
    tracing::subscriber::set_global_default(subscriber).expect("no other test of this binary sets one");

    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let started = start::start(&desk.context, session.id).await.unwrap();
    let invitation = invitations::invite(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let recording = desk.context.store().recordings_of(session.id).unwrap()[0].id;
    let made = links::make(&desk.context, recording, Validity::DAY, false).await.unwrap();

    let playback = made.hls_url.expose().split('/').find(|part| part.starts_with("eyJ")).unwrap().to_owned();
    let secrets = [
        cloud.connection().token.expose_secret().to_owned(),
        token_in(started.join.unwrap().expose()),
        token_in(invitation.url.expose()),
        playback,
        "PRIVATE KEY".to_owned(),
        "X-Signature".to_owned(),
        "recordings-storage".to_owned(),
    ];
    let mut found = everything_in(folder.path());
    assert!(holds(&found, "Karate"), "the search itself works");
    found.extend(log.0.lock().unwrap().iter());
    assert!(holds(&found, "hajime_core"), "the log was kept");
    for secret in &secrets {
        assert!(secret.len() > 8 && !holds(&found, secret), "found {}…", &secret[..8]);
    }
    // Stream writes the source address into the video’s metadata; the desk has overwritten it.
    assert!(cloud.videos().await[0]["meta"].get("downloaded-from").is_none());
}
