//! The days of the calendar, and classes that one line puts on the schedule.

use chrono::Days;
use hajime_core::actions::profile::settings;
use hajime_core::actions::schedule::calendar_days;
use hajime_core::actions::schedule::quick_line::{self, Line};
use hajime_core::actions::schedule::{series, sessions};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::schedule::session::SessionInput;

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

const LINE: Line<'_> = Line { text: "", zone: "Europe/Berlin", language: "en-GB", instructor: None };

fn set_instructor(desk: &TestDesk) {
    let known = Preferences { instructor: "M. Ito".into(), duration_minutes: 45, ..Preferences::default() };
    settings::save(&desk.context, &known).unwrap();
}

#[tokio::test]
async fn the_calendar_says_what_clocks_show_where_the_person_is() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let day = desk.context.now().date_naive() + Days::new(3);
    let input = |title, start| SessionInput {
        start_local: format!("{day}T{start}"),
        timezone: "Asia/Tokyo".into(),
        ..desk.input(title)
    };
    let late = sessions::schedule(&desk.context, &input("Late", "23:30")).unwrap();
    sessions::schedule(&desk.context, &input("Early", "01:00")).unwrap();
    // Kolkata is three and a half hours behind Tokyo, so the early class is on the day before.
    let shown = calendar_days::entries(&desk.context, &day.to_string(), &day.to_string(), "Asia/Kolkata").unwrap();
    let ids: Vec<_> = shown.iter().map(|entry| entry.view.session.id).collect();
    assert_eq!(ids, [late.id]);
    assert_eq!(shown[0].start.to_string(), format!("{day} 20:00:00"));
    assert_eq!((shown[0].end - shown[0].start).num_minutes(), late.plan.length.num_minutes());
}

#[tokio::test]
async fn one_line_makes_a_class_with_what_the_settings_say_else() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    set_instructor(&desk);
    let line = Line { text: "Karate tomorrow 18:00 no rec mat2", ..LINE };
    let read = quick_line::read(&desk.context, line).unwrap();
    assert_eq!((read.unclear.len(), read.left_out.as_slice()), (0, ["mat2".to_owned()].as_slice()));
    assert!(sessions::list(&desk.context, None, None).unwrap().is_empty());
    let made = quick_line::schedule(&desk.context, line).unwrap();
    assert_eq!((made.plan.title.as_str(), made.plan.instructor.as_str()), ("Karate", "M. Ito"));
    assert_eq!((made.plan.length.num_minutes(), made.plan.record), (45, false));
    assert_eq!(made.plan.start.local().format("%H:%M").to_string(), "18:00");
}

#[tokio::test]
async fn a_line_that_repeats_makes_a_series() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    set_instructor(&desk);
    let line = Line { text: "Judo jeden Di 19:30 3 mal", language: "de-DE", ..LINE };
    let first = quick_line::schedule(&desk.context, line).unwrap();
    let all = series::all(&desk.context).unwrap();
    assert_eq!(
        all.values().map(|series| series.rule.to_string()).collect::<Vec<_>>(),
        ["FREQ=WEEKLY;COUNT=3;BYDAY=TU"]
    );
    let listed = sessions::list(&desk.context, None, None).unwrap();
    assert_eq!((listed.len(), listed[0].id), (3, first.id));
}

#[tokio::test]
async fn the_command_line_says_what_it_understands_and_refuses_what_is_unclear() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    drop(TestDesk::open(&cloud, folder.path()));
    let quick = |text, more: &[&str]| run(&cloud, folder.path(), &[&["session", "quick", text], more].concat());
    let read = printed(&quick("Karate tomorrow at 6 60m", &["--dry-run"]));
    assert_eq!(read["problems"][0]["source"], "at 6");
    assert_eq!(read["parts"][0], serde_json::json!({ "part": "title", "means": "Karate", "source": "Karate" }));
    let said = refused(&quick("Karate tomorrow at 6 60m", &["--instructor", "M. Ito"])).to_string();
    assert!(said.contains("may be the morning or the evening"), "{said}");
    let said = refused(&quick("Karate tomorrow 18:00", &[])).to_string();
    assert!(said.contains("This desk does not know who teaches."), "{said}");
    let made = printed(&quick("Karate tomorrow 18:00", &["--instructor", "M. Ito", "--timezone", "Asia/Tokyo"]));
    assert_eq!((&made["title"], &made["timezone"]), (&"Karate".into(), &"Asia/Tokyo".into()));
}
