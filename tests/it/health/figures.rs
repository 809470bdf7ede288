//! The figures of Health over histories that were made by hand, and over a class that was really held.

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::actions::health::figures;
use hajime_core::actions::health::why::{self, Subject};
use hajime_core::actions::profile::{roles, settings};
use hajime_core::actions::recorder::sync;
use hajime_core::domain::health::figure::Figure;
use hajime_core::domain::health::overview::Overview;
use hajime_core::domain::health::row::Narrowed;
use hajime_core::domain::health::timing::Unmeasured;
use hajime_core::domain::ids::{RecordingId, SessionId};
use hajime_core::domain::profile::job_status::JobStatus;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::profile::role::Role;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::clip::{Clip, ClipRange};
use hajime_core::domain::recorder::event::EventKind;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::recorder::recording::{Facts, Noticed, Recording};
use hajime_core::domain::recorder::stage::{Observation, Percent, Resume, Stage};
use hajime_core::domain::schedule::origin::Origin;
use hajime_core::domain::schedule::session::{Plan, Room, Session, SessionState};
use hajime_core::domain::schedule::start::Start;
use hajime_core::store::Store;
use secrecy::SecretString;

use crate::adoption::{another_desk, recorded};
use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

const FAILED: Stage = Stage::Failed { cause: Cause::StorageFull, resume: Resume::AtImport };

/// A desk with a history that a test makes.
struct Made {
    desk: TestDesk,
    now: DateTime<Utc>,
    _folder: tempfile::TempDir,
}

impl Made {
    fn new(cloud: &Cloud) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::stopped(cloud, folder.path());
        let now = desk.context.now();
        Self { desk, now, _folder: folder }
    }

    fn store(&self) -> &Store {
        self.desk.context.store()
    }

    /// A class of an hour that began so many days ago.
    fn class(&self, days: i64) -> Session {
        let began = self.now - TimeDelta::days(days);
        let plan = Plan {
            title: format!("Class {days} days ago"),
            instructor: "R. Alves".into(),
            start: Start::at(began, "Europe/Berlin".parse().unwrap()),
            length: TimeDelta::hours(1),
            record: true,
            quality: Quality::High,
            max_participants: 10,
        };
        let mut session = Session::new(plan, began);
        let room = Room { id: format!("room-{}", session.id).parse().unwrap(), code: None, opened_at: began };
        session.state = SessionState::Ended(room, began + TimeDelta::hours(1));
        self.store().add_session(&session).unwrap();
        session
    }

    /// A recording of a class, as it would be after everything went well.
    fn recording(session: &Session, stage: Stage) -> Recording {
        let began = session.plan.start.instant();
        let at = |seconds| Some(began + TimeDelta::seconds(seconds));
        let facts = Facts {
            started_at: at(5),
            stopped_at: at(3_600),
            length: Some(TimeDelta::minutes(55)),
            video_ready: at(3_960),
            noticed: at(3_962).map(|at| Noticed { at, unasked: Some(TimeDelta::seconds(5)) }),
            ..Facts::default()
        };
        Recording { facts, ..Recording::new(session, stage, began) }
    }

    fn add(&self, recording: Recording) -> Recording {
        self.store().add_recording(&recording, "").unwrap();
        recording
    }

    /// Adds a class and its recording.
    fn held(&self, days: i64, stage: Stage) -> Recording {
        self.add(Self::recording(&self.class(days), stage))
    }

    fn overview(&self, days: u32) -> Overview {
        figures::overview(&self.desk.context, days, &Narrowed::default()).unwrap()
    }

    /// What a recording counts as in the share of success.
    fn verdict(&self, recording: &Recording) -> String {
        let all = why::recordings(&self.desk.context, Figure::Success, 30, &Narrowed::default()).unwrap();
        let own = all.into_iter().find(|one| one.subject == Subject::Recording(recording.id));
        own.map_or_else(|| "not there".to_owned(), |one| one.verdict)
    }
}

fn tally(overview: &Overview) -> (u32, u32, u32) {
    let success = &overview.success;
    (success.tally.succeeded, success.tally.failed, success.undecided)
}

#[tokio::test]
async fn an_empty_history_has_no_share_no_times_and_no_goal_that_is_missed() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    for days in [7, 30, 90, 365] {
        let all = made.overview(days);
        assert!(all.is_empty());
        assert_eq!(
            (all.success.tally.share(), all.watchable.times.median(), all.goals.counted()),
            (None, None, (0, 0))
        );
        assert!(all.success.weeks.iter().all(|week| week.is_desk_off), "{:?}", all.success.weeks);
        assert_eq!(all.success.weeks.len(), all.period.weeks(all.zone).len());
    }
    for figure in Figure::ALL {
        assert!(why::recordings(&made.desk.context, figure, 365, &Narrowed::default()).unwrap().is_empty());
    }
}

#[tokio::test]
async fn one_recording_is_all_there_is() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    made.held(1, Stage::Ready);
    let all = made.overview(7);
    assert_eq!(tally(&all), (1, 0, 0));
    let times = &all.watchable.times;
    assert_eq!([times.median(), times.quantile(95), times.slowest()], [Some(TimeDelta::minutes(6)); 3]);
}

#[tokio::test]
async fn every_kind_of_recording_counts_as_its_definition_says() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    let store = made.store();
    let ready = made.held(2, Stage::Ready);
    let failed = made.held(3, FAILED);

    let class = made.class(4);
    let unknown = Facts { video_ready: None, noticed: None, ..Made::recording(&class, FAILED).facts };
    let retried = made.add(Recording { facts: unknown, ..Made::recording(&class, FAILED) });
    let steps =
        [Observation::RetryAsked, Observation::ImportAsked, Observation::VideoPlayable(Percent::clamped(100.0))];
    for (seconds, seen) in (0..).zip(steps) {
        let at = class.plan.start.instant() + TimeDelta::hours(30) + TimeDelta::seconds(seconds);
        let learn = |facts: &mut Facts| {
            if matches!(seen, Observation::VideoPlayable(_)) {
                facts.video_ready = Some(at);
            }
        };
        store.observe(retried.id, seen, at, EventKind::StreamReported.note(""), learn).unwrap().unwrap();
    }

    let whole = Made::recording(&made.class(5), Stage::Ready);
    let clip = Clip { of: whole.id, range: ClipRange::read(0, 60).unwrap() };
    let clip =
        Recording { id: RecordingId::new(), facts: Facts { clip: Some(clip), ..Facts::default() }, ..whole.clone() };
    let (whole, clip) = (made.add(whole), made.add(clip));

    let attached = Made::recording(&made.class(6), Stage::Ready);
    let attached = made.add(Recording { facts: Facts { attached: true, ..attached.facts.clone() }, ..attached });

    let class = made.class(7);
    let never = Stage::Failed { cause: Cause::NeverStarted, resume: Resume::AtRealtimeKit };
    let attempt = made.add(Recording { facts: Facts::default(), ..Made::recording(&class, never) });
    let after = Made::recording(&class, Stage::Ready);
    let after = made.add(Recording { created_at: after.created_at + TimeDelta::minutes(2), ..after });

    let deleted = made.held(8, Stage::Ready);
    store.observe(deleted.id, Observation::VideoMissing, made.now, "", |_| {}).unwrap();

    let mut class = made.class(9);
    class.plan.instructor.clear();
    let adopted = Made::recording(&class, Stage::Ready);
    let facts = Facts { noticed: None, ..adopted.facts.clone() };
    let adopted = made.add(Recording { origin: Origin::OtherDesk(None), facts, ..adopted });

    let jumped = Made::recording(&made.class(10), Stage::Ready);
    let before = jumped.facts.stopped_at.map(|at| at - TimeDelta::days(400));
    let jumped = made.add(Recording { facts: Facts { video_ready: before, ..jumped.facts.clone() }, ..jumped });

    let removed = Made::recording(&made.class(11), FAILED);
    let removed = made.add(Recording { removed_at: Some(made.now), ..removed });

    let flying = made.held(12, Stage::Uploading);

    let slept = Made::recording(&made.class(13), Stage::Ready);
    let noticed = slept.facts.noticed.map(|seen| Noticed { unasked: Some(TimeDelta::hours(8)), ..seen });
    let slept = made.add(Recording { facts: Facts { noticed, ..slept.facts.clone() }, ..slept });

    let future = made.held(-3, Stage::Ready);

    for (recording, verdict) in [
        (&ready, "became a video"),
        (&failed, "failed: Stream’s storage is full."),
        (&retried, "became a video"),
        (&whole, "became a video"),
        (&clip, "left out: it was cut out of another recording"),
        (&attached, "left out: a person attached its video"),
        (&after, "became a video"),
        (&deleted, "became a video"),
        (&adopted, "became a video"),
        (&jumped, "became a video"),
        (&removed, "failed: Stream’s storage is full."),
        (&flying, "undecided: it is on its way"),
        (&slept, "became a video"),
        (&future, "not there"),
    ] {
        assert_eq!(made.verdict(recording), verdict, "{}", recording.title);
    }
    assert!(made.verdict(&attempt).starts_with("left out: it captured nothing"), "{}", made.verdict(&attempt));

    let all = made.overview(30);
    assert_eq!(tally(&all), (8, 2, 1));
    assert_eq!(all.success.causes, [(Some(Cause::StorageFull), 2)]);
    assert_eq!(all.success.weeks.iter().map(|week| week.tally.total()).sum::<u32>(), 10);
    // Six minutes each; the one that was tried again was ready 29 hours after its class.
    assert_eq!(all.watchable.times.count(), 7);
    assert_eq!(all.watchable.times.median(), Some(TimeDelta::minutes(6)));
    assert_eq!(all.watchable.times.slowest(), Some(TimeDelta::hours(29) + TimeDelta::seconds(2)));
    assert_eq!(all.slowest.map(|named| named.id), Some(retried.id));
    assert_eq!(all.watchable.left_out, [(Unmeasured::Clock, 1)]);
    assert_eq!(all.detection.times.slowest(), Some(TimeDelta::seconds(2)));
    assert_eq!(all.detection.left_out, [(Unmeasured::NotFollowed, 2), (Unmeasured::Away, 1), (Unmeasured::Clock, 1)]);

    let narrowed = Narrowed { instructor: Some("Another desk".into()), series: None };
    assert_eq!(tally(&figures::overview(&made.desk.context, 30, &narrowed).unwrap()), (1, 0, 0));
    assert_eq!(all.choices.instructors, ["Another desk", "R. Alves"]);
    assert_eq!(tally(&made.overview(7)), (4, 1, 0));
}

#[tokio::test]
async fn a_class_that_nobody_saw_being_recorded_is_one_without_proof() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    let seen = |recording: &Recording, seconds| {
        let at = recording.created_at + TimeDelta::seconds(seconds);
        made.store().observe(recording.id, Observation::RecorderRecording, at, "", |_| {}).unwrap();
    };
    let in_time = made.held(1, Stage::Requested);
    seen(&in_time, 60);
    let late = made.held(2, Stage::Requested);
    seen(&late, 61);
    let never = made.held(3, FAILED);
    let nobody_came = made.class(4);
    let all = made.overview(30);
    assert_eq!((all.proof.classes, all.proof.without), (3, 2));
    let why = why::recordings(&made.desk.context, Figure::Proof, 30, &Narrowed::default()).unwrap();
    let of = |session: SessionId| {
        let one = why.iter().find(|one| one.subject == Subject::Session(session)).unwrap();
        (one.verdict.as_str(), one.counts, one.met)
    };
    assert_eq!(of(in_time.session), ("seen being recorded in time", true, Some(true)));
    assert_eq!(of(late.session), ("without proof: seen being recorded too late", true, Some(false)));
    assert_eq!(of(never.session), ("without proof: never seen being recorded", true, Some(false)));
    assert_eq!(of(nobody_came.id), ("left out: nobody came", false, None));
}

#[tokio::test]
async fn weeks_in_which_the_desk_was_off_differ_from_weeks_without_classes() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    let mut job = JobStatus::new("rooms", "Open rooms");
    let ran = made.now - TimeDelta::days(200);
    job.last_run = Some(ran);
    made.store().put_job_statuses(&[job]).unwrap();
    let all = made.overview(365);
    let on: Vec<_> = all.success.weeks.iter().filter(|week| !week.is_desk_off).collect();
    assert_eq!(on.len(), 1, "{on:?}");
    assert!(on[0].start <= ran && ran < on[0].start + TimeDelta::days(7), "{on:?}");
}

#[tokio::test]
async fn a_class_that_is_held_is_measured_here_and_not_on_a_desk_that_adopts_it() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let recording = recorded(&cloud, &mut first, "Karate").await;
    assert!(recording.facts.video_ready.is_some() && recording.facts.noticed.is_some(), "{:?}", recording.facts);
    let all = figures::overview(&first.context, 7, &Narrowed::default()).unwrap();
    assert_eq!((tally(&all), all.watchable.times.count(), all.detection.times.count()), ((1, 0, 0), 1, 1));
    assert!(all.watchable.times.slowest() < Some(TimeDelta::hours(1)), "{:?}", all.watchable);
    assert_eq!((all.proof.classes, all.proof.without), (1, 0));

    let second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let there = figures::overview(&second.context, 7, &Narrowed::default()).unwrap();
    assert_eq!((tally(&there), there.watchable.times.clone()), ((1, 0, 0), all.watchable.times));
    assert_eq!((there.detection.times.count(), there.proof.classes), (0, 0));
    assert_eq!(there.detection.left_out, [(Unmeasured::NotFollowed, 1)]);
}

#[tokio::test]
async fn staff_and_instructors_do_not_see_the_figures() {
    let cloud = Cloud::start().await;
    let made = Made::new(&cloud);
    let passphrase = SecretString::from("a long passphrase".to_owned());
    roles::set_passphrase(&made.desk.context, &passphrase, None).await.unwrap();
    let preferences = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    settings::save(&made.desk.context, &preferences).unwrap();
    roles::set(&made.desk.context, Role::Instructor, None).await.unwrap();
    assert!(figures::overview(&made.desk.context, 7, &Narrowed::default()).is_err());
    assert!(figures::definitions(&made.desk.context).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_prints_figures_and_metrics_and_refuses_a_period_that_health_does_not_have() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let health = printed(&run(&cloud, folder.path(), &["health"]));
    assert_eq!((&health["days"], &health["success"]["share"]), (&30.into(), &serde_json::Value::Null));
    assert_eq!(printed(&run(&cloud, folder.path(), &["health", "--why", "success"])), serde_json::json!([]));
    assert_eq!(refused(&run(&cloud, folder.path(), &["health", "--days", "31"]))["code"], "invalid_input");
    assert_eq!(refused(&run(&cloud, folder.path(), &["health", "--why", "uptime"]))["code"], "invalid_input");
    assert_eq!(health["success"]["weeks"].as_array().unwrap().last().unwrap()["desk_off"], true);
    run(&cloud, folder.path(), &["watch", "--until-idle", "--timeout", "60"]);
    let after = printed(&run(&cloud, folder.path(), &["health"]));
    assert_eq!(after["success"]["weeks"].as_array().unwrap().last().unwrap()["desk_off"], false);
    let metrics = run(&cloud, folder.path(), &["metrics"]);
    let text = String::from_utf8(metrics.stdout).unwrap();
    assert!(text.contains("\nhajime_recordings{status=\"ready\"} 0\n"), "{text}");
    assert!(text.contains("\nhajime_job_last_success_timestamp_seconds{job=\"rooms\"} "), "{text}");
    assert!(!text.contains("hajime_success_ratio"), "a figure without data is left out: {text}");
}
