//! Events that leave the desk: through a real webhook receiver that verifies signatures, a stand-in for
//! Slack, and a mail server.

mod answers;
mod cli;
mod kills;
mod mails;
mod on_this_computer;
pub mod post_office;
pub mod receiver;
mod setting_up;
mod whole_class;

use std::path::Path;
use std::sync::Arc;

use hajime_core::actions::delivery::{channels, deliveries};
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::queued::QueuedDelivery;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Import, Observation, Percent, Stage};
use hajime_core::domain::schedule::session::Session;
use hajime_core::jobs;
use hajime_core::ports::MemorySecrets;
use secrecy::{ExposeSecret as _, SecretString};

use crate::deliveries::receiver::Receiver;
use crate::support::{Cloud, ShiftedClock, TestDesk};

/// A desk whose webhook is on, and the receiver that it sends to.
struct Told {
    desk: TestDesk,
    secrets: Arc<MemorySecrets>,
    receiver: Receiver,
    secret: String,
    folder: tempfile::TempDir,
}

impl Told {
    async fn start(cloud: &Cloud) -> Self {
        let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(MemorySecrets::default()));
        let desk = TestDesk::with(cloud, folder.path(), Arc::<ShiftedClock>::default(), Some(secrets.clone()));
        let receiver = Receiver::start().await;
        let secret = channels::set_webhook(&desk.context, &receiver.hook()).await.unwrap().unwrap();
        Self { desk, secrets, receiver, secret: secret.expose_secret().to_owned(), folder }
    }

    async fn turn_slack_on(&self) {
        let address = SecretString::from(self.receiver.slack());
        channels::set_slack(&self.desk.context, address).await.unwrap();
    }

    /// Makes a recording ready, without Cloudflare.
    fn ready(&self, title: &str) -> RecordingId {
        let id = importing(&self.desk, title);
        self.see(id, Observation::VideoPlayable(Percent::clamped(100.0)));
        id
    }

    fn see(&self, id: RecordingId, seen: Observation) {
        let context = &self.desk.context;
        context.store().observe(id, seen, context.now(), "Seen.", |_| {}).unwrap().unwrap();
    }

    /// Lets time pass for the desk alone, then sends what is due.
    async fn pass(&self, seconds: i64) {
        self.desk.clock.0.fetch_add(seconds * 1_000, std::sync::atomic::Ordering::SeqCst);
        self.send().await;
    }

    async fn send(&self) {
        jobs::send_what_is_due(&self.desk.context).await.unwrap();
    }

    fn webhook(&self) -> Vec<QueuedDelivery> {
        let all = deliveries::list(&self.desk.context, 1_000).unwrap();
        all.into_iter().filter(|one| one.channel == Channel::Webhook).collect()
    }

    fn newest(&self) -> QueuedDelivery {
        self.webhook().remove(0)
    }
}

/// A recording of a class that Stream is encoding.
fn importing(desk: &TestDesk, title: &str) -> RecordingId {
    let session = desk.schedule(title);
    add_importing(&desk.context, &session)
}

fn add_importing(context: &hajime_core::context::Context, session: &Session) -> RecordingId {
    let stage = Stage::Importing(Import::Encoding(Percent::clamped(50.0)));
    let recording = Recording::new(session, stage, context.now());
    context.store().add_recording(&recording, "").unwrap();
    recording.id
}

/// Whether any file below a folder contains a text.
fn is_written_in(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return is_written_in(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
