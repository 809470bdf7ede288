//! Reminders of classes: each is shown once, whatever happens to the clock and the processes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::actions::profile::settings;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::delivery::notification::{Button, NotificationKind, Subject};
use hajime_core::domain::delivery::reminder::ReminderSettings;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::schedule::session::Session;
use hajime_core::jobs::{self, Group, Jobs};

use crate::support::{Cloud, ShiftedClock, TestDesk, input_at};

/// A window with its jobs, which a restart loses.
struct Window {
    desk: TestDesk,
    jobs: Jobs,
}

impl Window {
    fn open(cloud: &Cloud, folder: &Path, clock: &Arc<ShiftedClock>) -> Self {
        let desk = TestDesk::with(cloud, folder, Arc::clone(clock), None);
        Self { desk, jobs: Jobs::of(&[Group::Data]) }
    }

    async fn look(&mut self) {
        jobs::tick(&self.desk.context, &mut self.jobs).await.unwrap();
    }

    /// Returns the titles of everything that this window has shown.
    fn titles(&self) -> Vec<String> {
        self.desk.notices.titles()
    }
}

/// Sets the clock to this many seconds after the moment at which the test began.
fn set(clock: &ShiftedClock, seconds: i64) {
    clock.0.store(seconds * 1_000, Ordering::SeqCst);
}

/// Plans a class that begins in an hour, at a full minute. Returns it with the seconds until its start, rounded up.
fn plan(window: &Window, title: &str, instructor: &str) -> (Session, i64) {
    plan_from(window, window.desk.context.now(), title, instructor)
}

/// Plans a class as [`plan`] does, counted from `now`: two classes then begin in the same minute.
fn plan_from(window: &Window, now: DateTime<Utc>, title: &str, instructor: &str) -> (Session, i64) {
    let mut input = input_at(title, now + TimeDelta::minutes(61));
    instructor.clone_into(&mut input.instructor);
    let session = sessions::schedule(&window.desk.context, &input).unwrap();
    let seconds = (session.plan.start.instant() - now).num_seconds() + 1;
    (session, seconds)
}

#[tokio::test]
async fn each_reminder_is_shown_once_over_restarts_and_jumps_of_the_clock() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut window = Window::open(&cloud, folder.path(), &clock);
    let (session, start) = plan(&window, "Karate", "R. Alves");
    window.look().await;
    assert!(window.titles().is_empty());
    set(&clock, start - 600);
    window.look().await;
    window.look().await;
    let shown = window.desk.notices.all();
    assert_eq!(window.titles(), ["“Karate” starts in 10 minutes"]);
    assert_eq!(shown[0].0.subject, Subject::Session(session.id));
    assert!(matches!(shown[0].0.kind, NotificationKind::Reminder(_)));
    assert_eq!(shown[0].1.buttons, [Button::Start]);
    assert!(!shown[0].1.body.contains("Alves"), "{:?}", shown[0].1);
    // The process is restarted and looks at the same minute.
    drop(window);
    let mut window = Window::open(&cloud, folder.path(), &clock);
    window.look().await;
    assert!(window.titles().is_empty());
    for seconds in [start + 5, start + 10, start - 3_000, start - 500, start + 20] {
        set(&clock, seconds);
        window.look().await;
    }
    assert_eq!(window.titles(), ["“Karate” starts now"]);
    set(&clock, start + 320);
    window.look().await;
    let late = format!("“Karate” should have started at {}", session.plan.start.instant().format("%H:%M"));
    assert_eq!(window.titles()[1..], [late]);
    set(&clock, start + 5_000);
    window.look().await;
    assert_eq!(window.titles().len(), 2);
}

#[tokio::test]
async fn two_windows_on_the_same_data_show_a_reminder_once_between_them() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut one = Window::open(&cloud, folder.path(), &clock);
    let mut two = Window::open(&cloud, folder.path(), &clock);
    let (_, start) = plan(&one, "Karate", "R. Alves");
    for seconds in [start - 600, start + 1, start + 310] {
        set(&clock, seconds);
        tokio::join!(one.look(), two.look());
    }
    assert_eq!(one.titles().len() + two.titles().len(), 3, "{:?} {:?}", one.titles(), two.titles());
}

#[tokio::test]
async fn a_program_in_a_terminal_takes_no_reminder_from_the_window() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut terminal = Window::open(&cloud, folder.path(), &clock);
    terminal.desk.notices.in_a_terminal.store(true, Ordering::Relaxed);
    let mut window = Window::open(&cloud, folder.path(), &clock);
    let (_, start) = plan(&window, "Karate", "R. Alves");
    set(&clock, start - 600);
    terminal.look().await;
    window.look().await;
    assert_eq!((terminal.titles().len(), window.titles().len()), (0, 1));
}

#[tokio::test]
async fn after_a_sleep_the_class_can_be_started_and_a_live_class_needs_no_reminder() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut window = Window::open(&cloud, folder.path(), &clock);
    let now = window.desk.context.now();
    let (session, at) = plan_from(&window, now, "Karate", "R. Alves");
    let (_, other) = plan_from(&window, now, "Judo", "R. Alves");
    set(&clock, at + 1_200);
    window.look().await;
    let shown = window.desk.notices.all();
    let mut titles = window.titles();
    titles.sort();
    let time = session.plan.start.instant().format("%H:%M");
    assert_eq!(titles, [format!("“Judo” was to start at {time}"), format!("“Karate” was to start at {time}")]);
    assert!(shown.iter().all(|(_, message)| message.buttons == [Button::Start]));
    start::start(&window.desk.context, session.id).await.unwrap();
    set(&clock, other.max(at) + 5_000);
    window.look().await;
    assert_eq!(window.titles().len(), 2, "the live class, and the one that was announced, are not missed");
}

#[tokio::test]
async fn a_class_that_ended_while_the_computer_slept_was_missed_and_offers_no_start() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut window = Window::open(&cloud, folder.path(), &clock);
    let (_, start) = plan(&window, "Karate", "R. Alves");
    set(&clock, start + 4_000);
    window.look().await;
    let shown = window.desk.notices.all();
    assert_eq!(window.titles(), ["“Karate” was missed"]);
    assert!(shown[0].1.buttons.is_empty());
}

#[tokio::test]
async fn a_desk_reminds_of_the_classes_of_its_instructor_and_by_its_settings_which_can_be_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let mut window = Window::open(&cloud, folder.path(), &clock);
    let context = window.desk.context.clone();
    let mine = Preferences { instructor: "m. ito".into(), ..settings::get(&context).unwrap() };
    settings::save(&context, &mine).unwrap();
    let now = context.now();
    let (_, start) = plan_from(&window, now, "Karate", "R. Alves");
    plan_from(&window, now, "Judo", "M. Ito");
    let wanted = ReminderSettings { before_minutes: Some(30), at_start: false, late_minutes: None };
    settings::save_reminders(&context, wanted).unwrap();
    assert_eq!(settings::get(&context).unwrap(), Preferences { reminders: wanted, ..mine });
    let wrong = ReminderSettings { before_minutes: Some(1), ..wanted };
    assert!(settings::save_reminders(&context, wrong).is_err());
    for seconds in [start - 1_790, start + 1, start + 310] {
        set(&clock, seconds);
        window.look().await;
    }
    assert_eq!(window.titles(), ["“Judo” starts in 30 minutes"]);
    let newest = hajime_core::actions::profile::journal::list(
        &context,
        hajime_core::domain::profile::journal::Scope::Everything,
        10,
    )
    .unwrap();
    let change = newest.iter().find(|entry| entry.changes.before.contains_key("remind_before_minutes")).unwrap();
    hajime_core::actions::profile::journal::undo(&context, change.id).unwrap();
    assert_eq!(settings::reminders(&context).unwrap(), ReminderSettings::default());
}
