//! E-mail about recordings: who gets which letter, and who gets none.

mod outcomes;
mod setting_up;
mod watch_links;

use std::sync::Arc;

use hajime_core::actions::delivery::{channels, deliveries, mail, participants};
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::domain::delivery::mail_settings::{MailInput, MailSender, ParticipantMail};
use hajime_core::domain::delivery::queued::{DeliveryState, QueuedDelivery};
use hajime_core::domain::delivery::quiet_hours::QuietHours;
use hajime_core::domain::delivery::smtp_security::SmtpSecurity;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::stage::{Observation, Percent};
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::session::Session;
use hajime_core::jobs;
use hajime_core::ports::MemorySecrets;

use super::post_office::{Does, PostOffice};
use super::{add_importing, is_written_in};
use crate::support::{Cloud, ShiftedClock, TestDesk};

/// A host with an address, two participants, one of them twice, and somebody without an address.
const PEOPLE: &str = "name,email,role\nAnn Lee,Ann@Example.org,host\nBo,bo@example.org,\nCy,cy@example.org,\nDi,,\n";

/// A desk whose mail goes through a server on this computer.
struct Mailed {
    desk: TestDesk,
    office: PostOffice,
    secrets: Arc<MemorySecrets>,
    folder: tempfile::TempDir,
}

fn settings(office: &PostOffice, participants: ParticipantMail) -> MailInput {
    MailInput {
        sender: MailSender::Smtp,
        from_name: "Harbour Dojo".into(),
        from_address: "dojo@example.org".into(),
        smtp_host: "127.0.0.1".into(),
        smtp_port: office.port(),
        smtp_security: SmtpSecurity::None,
        instructor: "desk@example.org".into(),
        admin: "admin@example.org".into(),
        participants,
        ..MailInput::default()
    }
}

impl Mailed {
    async fn start(cloud: &Cloud, participants: ParticipantMail) -> Self {
        let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(MemorySecrets::default()));
        let desk = TestDesk::with(cloud, folder.path(), Arc::<ShiftedClock>::default(), Some(secrets.clone()));
        let office = PostOffice::start().await;
        mail::set(&desk.context, &settings(&office, participants), None).await.unwrap();
        Self { desk, office, secrets, folder }
    }

    fn class(&self, title: &str, people: &str) -> Session {
        let mut input = self.desk.input(title);
        input.max_participants = 50;
        let session = hajime_core::actions::schedule::sessions::schedule(&self.desk.context, &input).unwrap();
        if !people.is_empty() {
            self.add(&session, people);
        }
        session
    }

    fn add(&self, session: &Session, people: &str) {
        roster::import(&self.desk.context, session.id, people, Present::Stay, WrongLines::Refused).unwrap();
    }

    fn see(&self, id: RecordingId, seen: Observation) {
        let context = &self.desk.context;
        context.store().observe(id, seen, context.now(), "Seen.", |_| {}).unwrap().unwrap();
    }

    /// Makes the recording of a class ready, without Cloudflare.
    fn ready(&self, session: &Session) -> RecordingId {
        let id = add_importing(&self.desk.context, session);
        self.see(id, Observation::VideoPlayable(Percent::clamped(100.0)));
        id
    }

    async fn pass(&self, seconds: i64) {
        self.desk.clock.0.fetch_add(seconds * 1_000, std::sync::atomic::Ordering::SeqCst);
        self.send().await;
    }

    async fn send(&self) {
        jobs::send_what_is_due(&self.desk.context).await.unwrap();
    }

    fn rows(&self) -> Vec<QueuedDelivery> {
        let all = deliveries::list(&self.desk.context, 1_000).unwrap();
        all.into_iter().filter(|one| one.channel == Channel::Email).collect()
    }

    /// The newest delivery to an address.
    fn row(&self, address: &str) -> QueuedDelivery {
        self.rows().into_iter().find(|row| row.recipient == address).unwrap_or_else(|| panic!("none to {address}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn host_and_participants_of_a_real_class_get_one_letter_each_and_the_links_play() {
    let cloud = Cloud::start().await;
    let mut mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    let session = mailed.class("Karate <b>& Tea</b>", PEOPLE);
    mailed.add(&session, "ann@example.org\nBO@example.org\n");
    let live = hajime_core::actions::recorder::start::start(&mailed.desk.context, session.id).await.unwrap().session;
    cloud.join(&live, "Ada").await;
    mailed.desk.pass(&cloud, 5).await;
    mailed.desk.pass(&cloud, 60).await;
    hajime_core::actions::recorder::end::end(&mailed.desk.context, session.id).await.unwrap();
    mailed.desk.until_idle(&cloud).await;
    mailed.send().await;
    mailed.send().await;

    assert_eq!(mailed.office.recipients(), ["ann@example.org", "bo@example.org", "cy@example.org"]);
    assert!(mailed.rows().iter().all(|row| row.state == DeliveryState::Accepted));
    let host = mailed.office.letters_to("ann@example.org").remove(0);
    assert_eq!(host.header("Subject"), "Ready to watch: Karate <b>& Tea</b>");
    assert!(host.header("From").contains("Harbour Dojo") && host.header("From").contains("<dojo@example.org>"));
    assert!(host.header("List-Unsubscribe").starts_with("<mailto:dojo@example.org?subject="));
    assert!(host.text().contains("You find it in Hajime under Recordings"), "{}", host.text());
    assert!(!host.text().contains("/watch"), "the instructor has Hajime: {}", host.text());

    let links = mailed.desk.context.store().links().unwrap();
    assert_eq!(links.len(), 2, "the ledger has every link that was made");
    for address in ["bo@example.org", "cy@example.org"] {
        let letter = mailed.office.letters_to(address).remove(0);
        let text = letter.text();
        let link = text.lines().find(|line| line.ends_with("/watch")).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(cloud.status_of(link).await, 200, "{link}");
        assert!(letter.html().contains(&format!("<a href=\"{link}\"")), "{}", letter.html());
        assert!(!letter.html().contains("<b>"), "{}", letter.html());
        assert!(text.contains("The link works until ") && text.contains(" (UTC)"), "{text}");
        let token = link.split('/').rev().nth(1).unwrap();
        assert!(!is_written_in(mailed.folder.path(), token));
    }
    let until = links[0].expires_at.format("%-d %B %Y at %H:%M").to_string();
    assert!(mailed.office.letters_to("bo@example.org")[0].text().contains(&until), "the link’s own end");
    let day = links[0].expires_at - links[0].created_at;
    assert!((day - chrono::TimeDelta::hours(24)).num_seconds().abs() <= 2, "{day}");
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_get_what_the_settings_say_and_nothing_where_the_class_opted_out() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Nothing).await;
    mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    assert_eq!(mailed.office.recipients(), ["ann@example.org"]);

    let ask = settings(&mailed.office, ParticipantMail::Ask);
    mail::set(&mailed.desk.context, &ask, None).await.unwrap();
    let private = mailed.class("Private lesson", PEOPLE);
    participants::set_mailed(&mailed.desk.context, private.id, false).unwrap();
    mailed.ready(&private);
    mailed.pass(4_000).await;
    assert_eq!(mailed.office.recipients(), ["ann@example.org", "ann@example.org"]);

    mailed.ready(&mailed.class("Judo", PEOPLE));
    mailed.pass(4_000).await;
    let bo = mailed.office.letters_to("bo@example.org").remove(0).text();
    assert!(bo.contains("To watch it, ask R. Alves."), "{bo}");
    assert_eq!(mailed.office.letters().len(), 5);

    // Without a host who has an address, the instructor of the settings hears.
    mailed.ready(&mailed.class("Aikido", "Ed\n"));
    mailed.send().await;
    assert_eq!(mailed.office.letters_to("desk@example.org").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_recordings_within_an_hour_make_one_letter_at_once_and_one_for_the_others() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    for title in ["Karate", "Judo", "Aikido"] {
        mailed.ready(&mailed.class(title, PEOPLE));
        mailed.pass(600).await;
    }
    assert_eq!(mailed.office.letters_to("bo@example.org").len(), 1);
    mailed.pass(3_000).await;
    let letters = mailed.office.letters_to("bo@example.org");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].header("Subject"), "Ready to watch: Karate");
    assert_eq!(letters[1].header("Subject"), "2 recordings are ready to watch");
    let text = letters[1].text();
    assert!(text.contains("\nJudo\n") && text.contains("\nAikido\n") && !text.contains("Karate"), "{text}");
    assert_eq!(letters[1].header("X-Hajime-Event").split_whitespace().count(), 2);
    assert!(mailed.rows().iter().all(|row| row.state == DeliveryState::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_to_host_and_administrator_with_what_to_do() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    let id = add_importing(&mailed.desk.context, &mailed.class("Karate", PEOPLE));
    mailed.see(id, Observation::VideoFailed(Cause::EncodingFailed));
    mailed.send().await;
    assert_eq!(mailed.office.recipients(), ["admin@example.org", "ann@example.org"]);
    for letter in mailed.office.letters() {
        assert_eq!(letter.header("Subject"), "Recording failed: Karate");
        let text = letter.text().replace('\n', " ");
        assert!(text.contains(Cause::EncodingFailed.sentence()), "{text}");
        assert!(text.contains(Cause::EncodingFailed.next()), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_letters_back_and_whoever_left_the_list_meanwhile_gets_none() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let now = context.now();
    let clock = |hours| (now + chrono::TimeDelta::hours(hours)).format("%H:%M").to_string();
    let quiet = QuietHours::parse(&clock(-1), &clock(2), "UTC").unwrap();
    channels::set_quiet_hours(context, Channel::Email, Some(quiet)).unwrap();
    let session = mailed.class("Karate", PEOPLE);
    mailed.ready(&session);
    mailed.pass(3_600).await;
    assert_eq!(mailed.office.letters().len(), 0);
    let people = roster::get(context, session.id).unwrap().people;
    let cy = people.iter().find(|one| one.person.name == "Cy").unwrap().person.id;
    roster::remove(context, session.id, &[cy]).unwrap();
    mailed.pass(3_700).await;
    assert_eq!(mailed.office.recipients(), ["ann@example.org", "bo@example.org"]);
    let cy = mailed.row("cy@example.org");
    assert_eq!((cy.state, cy.attempts), (DeliveryState::Stopped, 0));
    assert!(cy.last_answer.unwrap().contains("not told of it any more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_addresses_and_titles_reach_whom_they_name_and_nobody_else() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let people = "name,email\nMiles O’Brien,o'brien@example.org\nA & B,a&b=c?d%e@example.org\nExample,kenji@例え.jp\n";
    mailed
        .ready(&mailed.class("\u{202e}Bcc: eve@example.org\r\nBcc: eve@example.org\r\n\r\n.\r\nQUIT\r\n空手", people));
    mailed.send().await;
    let odd = ["a&b=c?d%e@example.org", "desk@example.org", "kenji@xn--r8jz45g.jp", "o'brien@example.org"];
    assert_eq!(mailed.office.recipients(), odd);
    for letter in mailed.office.letters() {
        let head = letter.message.split_once("\r\n\r\n").unwrap().0.to_lowercase();
        assert!(!head.contains("\r\nbcc:"), "{head}");
        assert!(letter.header("Subject").ends_with("空手"), "{}", letter.header("Subject"));
    }
}
