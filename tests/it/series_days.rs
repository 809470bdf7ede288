//! Series that get other days, and holidays: both from the command line, with one undo each.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, Weekday};
use serde_json::{Value, json};

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

struct Desk {
    folder: tempfile::TempDir,
    cloud: Cloud,
    /// A Tuesday that lies ahead.
    tuesday: NaiveDate,
}

impl Desk {
    async fn open() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let today = TestDesk::open(&cloud, folder.path()).context.now().date_naive();
        let tuesday = (2..9).map(|days| today + Days::new(days)).find(|day| day.weekday() == Weekday::Tue).unwrap();
        Self { folder, cloud, tuesday }
    }

    fn cli(&self, arguments: &[&str]) -> Value {
        printed(&run(&self.cloud, self.folder.path(), arguments))
    }

    fn refused(&self, arguments: &[&str]) -> Value {
        refused(&run(&self.cloud, self.folder.path(), arguments))
    }

    /// Plans a class on every Tuesday at 18:30 and returns the ids of those that are on the schedule.
    fn tuesdays(&self, title: &str) -> Vec<String> {
        let start = format!("{}T18:30", self.tuesday);
        let plan = ["--title", title, "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
        let made = self.cli(&[&["session", "add"], &plan[..], &["--rrule", "FREQ=WEEKLY"]].concat());
        let sessions = made["sessions"].as_array().unwrap();
        assert!(sessions.len() >= 7, "{made}");
        sessions.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Changes the class with the number, from the first Tuesday on, and others of its series.
    fn edit(&self, id: &str, number: u64, more: &[&str]) -> Value {
        let start = format!("{}T18:30", self.week(number));
        let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
        self.cli(&[&["session", "edit", id], &plan[..], more].concat())
    }

    /// The Tuesday of a week, counted from the first class.
    fn week(&self, number: u64) -> NaiveDate {
        self.tuesday + Days::new(7 * number)
    }

    fn list(&self) -> Value {
        self.cli(&["session", "list"])
    }

    fn undo_newest(&self) {
        let entry = self.cli(&["journal", "list", "--limit", "1"]);
        self.cli(&["journal", "undo", entry[0]["id"].as_str().unwrap()]);
    }
}

fn occurrence(session: &Value) -> NaiveDateTime {
    session["series"]["occurrence"].as_str().unwrap().parse().unwrap()
}

fn find<'a>(list: &'a Value, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tuesdays_become_thursdays_from_a_class_on_and_one_undo_brings_them_back() {
    let desk = Desk::open().await;
    let ids = desk.tuesdays("Judo");
    desk.cli(&["session", "move", &ids[3], "--start", &format!("{}T09:00", desk.week(3))]);
    desk.cli(&["session", "skip", &ids[4]]);
    let before = desk.list();

    let shown = desk.edit(&ids[2], 2, &["--days", "TH", "--following", "--dry-run"]);
    assert_eq!(desk.list(), before, "showing changed something");
    let made = desk.edit(&ids[2], 2, &["--days", "TH", "--following"]);
    let ids_of = |changed: &Value| {
        changed["sessions"].as_array().unwrap().iter().map(|one| one["after"]["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids_of(&shown), ids_of(&made));

    let after = desk.list();
    assert_eq!(after.as_array().unwrap().len(), ids.len(), "no class is lost, and none is made twice");
    for (number, id) in ids.iter().enumerate() {
        let day = desk.week(number as u64) + Days::new(if number < 2 { 0 } else { 2 });
        assert_eq!(occurrence(find(&after, id)).date(), day, "class {number}");
    }
    assert_eq!(find(&after, &ids[2])["series"]["repeats"], "every Thursday");
    assert_eq!(find(&after, &ids[1])["series"]["repeats"], "every Tuesday");
    // A class that was moved by hand keeps its time, and one that was left out stays so.
    assert_eq!(find(&after, &ids[3])["start"], find(&before, &ids[3])["start"]);
    assert_eq!(find(&after, &ids[4])["status"], "cancelled");

    desk.undo_newest();
    assert_eq!(desk.list(), before);
    desk.undo_newest();
    assert_eq!(desk.list(), after, "undoing the undo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_day_of_the_week_adds_classes_which_an_undo_takes_off_again() {
    let desk = Desk::open().await;
    let ids = desk.tuesdays("Judo");
    let before = desk.list();
    for _ in 0..2 {
        desk.edit(&ids[1], 1, &["--rrule", "FREQ=WEEKLY;BYDAY=TU,FR", "--all"]);
        let after = desk.list();
        let fridays = after.as_array().unwrap().iter().filter(|one| occurrence(one).weekday() == Weekday::Fri);
        assert!(fridays.clone().count() >= ids.len() - 1, "{after}");
        assert!(fridays.clone().all(|one| one["status"] == "scheduled"));
        assert!(fridays.clone().all(|one| occurrence(one).date() > desk.tuesday));
        assert!(ids.iter().all(|id| occurrence(find(&after, id)).weekday() == Weekday::Tue));
        desk.undo_newest();
        assert_eq!(desk.list(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_is_moved_to_another_day_of_its_week_takes_the_series_with_it() {
    let desk = Desk::open().await;
    let ids = desk.tuesdays("Judo");
    let start = format!("{}T20:00", desk.week(1) + Days::new(1));
    let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
    desk.cli(&[&["session", "edit", &ids[1]], &plan[..], &["--all"]].concat());
    let after = desk.list();
    for (number, id) in ids.iter().enumerate() {
        let expected = (desk.week(number as u64) + Days::new(1)).and_hms_opt(20, 0, 0).unwrap();
        assert_eq!(occurrence(find(&after, id)), expected, "class {number}");
    }
    let far = format!("{}T20:00", desk.week(2) + Days::new(1));
    let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &far, "--timezone", "Europe/Berlin"];
    let error = desk.refused(&[&["session", "edit", &ids[1]], &plan[..], &["--all"]].concat());
    assert_eq!(error["fields"][0]["field"], "start_local");
    let error = desk.refused(&[&["session", "edit", &ids[1]], &plan[..], &["--days", "FR"]].concat());
    assert_eq!(error["fields"][0]["field"], "rrule");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holiday_leaves_out_the_classes_of_all_series_also_of_later_ones_and_is_taken_back() {
    let desk = Desk::open().await;
    let (judo, karate) = (desk.tuesdays("Judo"), desk.tuesdays("Karate"));
    let before = desk.list();
    let (from, to) = (desk.week(1).to_string(), (desk.week(2) + Days::new(3)).to_string());
    let add = ["holiday", "add", "--from", &from, "--to", &to, "--reason", "Christmas holidays"];
    let shown = desk.cli(&[&add[..], &["--dry-run"]].concat());
    assert_eq!((desk.list(), desk.cli(&["holiday", "list"])), (before.clone(), json!([])));
    let added = desk.cli(&add);
    let ids_of = |changed: &Value| {
        let ids = changed["sessions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let expected = [&judo[1], &judo[2], &karate[1], &karate[2]].into_iter().cloned().collect();
    assert_eq!((ids_of(&shown), ids_of(&added)), (std::collections::BTreeSet::clone(&expected), expected));
    let cancelled = |list: &Value| {
        let all = list.as_array().unwrap().iter().filter(|one| one["status"] == "cancelled");
        all.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(cancelled(&desk.list()), ids_of(&added));

    // A series that is planned later has no class on these days either.
    let later = desk.tuesdays("Aikido");
    let list = desk.list();
    assert_eq!(
        [0, 1, 2, 3].map(|number| find(&list, &later[number])["status"] == "cancelled"),
        [false, true, true, false]
    );

    let id = added["holiday"]["id"].as_str().unwrap();
    let removed = desk.cli(&["holiday", "remove", id]);
    assert_eq!(removed["sessions"].as_array().unwrap().len(), 6);
    assert!(cancelled(&desk.list()).is_empty());
    desk.cli(&["journal", "undo", removed["change"].as_str().unwrap()]);
    assert_eq!(desk.list(), list);
    assert_eq!(desk.cli(&["holiday", "list"])[0]["reason"], "Christmas holidays");
    let again = desk.refused(&add);
    assert_eq!(again["code"], "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holiday_is_undone_and_one_that_makes_no_sense_is_refused_with_its_field() {
    let desk = Desk::open().await;
    let judo = desk.tuesdays("Judo");
    let before = desk.list();
    let day = desk.week(1).to_string();
    let added =
        desk.cli(&["holiday", "add", "--from", &day, "--to", &day, "--reason", "Exam", "--series-of", &judo[0]]);
    assert_eq!(added["sessions"].as_array().unwrap().len(), 1);
    desk.cli(&["journal", "undo", added["change"].as_str().unwrap()]);
    assert_eq!((desk.list(), desk.cli(&["holiday", "list"])), (before, json!([])));

    let (early, long) = (desk.tuesday.to_string(), (desk.week(60)).to_string());
    for (from, to, reason, field) in
        [(&day, &early, "x", "to"), (&early, &long, "x", "to"), (&early, &day, " ", "reason")]
    {
        let error = desk.refused(&["holiday", "add", "--from", from, "--to", to, "--reason", reason]);
        assert_eq!(error["fields"][0]["field"], field, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_of_its_own_becomes_the_first_of_a_series_and_one_undo_takes_that_back() {
    let desk = Desk::open().await;
    let start = format!("{}T18:30", desk.tuesday);
    let plan = ["--title", "Judo", "--instructor", "M. Ito", "--start", &start, "--timezone", "Europe/Berlin"];
    let alone = desk.cli(&[&["session", "add"], &plan[..]].concat());
    let id = alone["id"].as_str().unwrap().to_owned();
    let people = desk.folder.path().join("people.csv");
    std::fs::write(&people, "Anna Lindt <anna@example.org>\nBen").unwrap();
    desk.cli(&["roster", "import", &id, people.to_str().unwrap()]);
    let before = desk.list();

    let edit = |more: &[&'static str]| [&["session", "edit", &id], &plan[..], more].concat();
    let wrong = desk.refused(&edit(&["--rrule", "FREQ=WEEKLY;BYDAY=TH"]));
    assert_eq!(wrong["fields"][0]["field"], "rrule", "{wrong}");
    assert_eq!(desk.list(), before);
    let shown = desk.cli(&edit(&["--rrule", "FREQ=WEEKLY", "--dry-run"]));
    assert_eq!((&shown["dry_run"], desk.list()), (&json!(true), before.clone()));
    let made = desk.cli(&edit(&["--rrule", "FREQ=WEEKLY"]));
    let sessions = made["sessions"].as_array().unwrap();
    assert_eq!(sessions[0]["after"]["id"], json!(id), "the class stays, as the first of the series");
    assert!(sessions.len() >= 7 && sessions[1..].iter().all(|one| one["before"].is_null()), "{made}");
    let later = sessions[1]["after"]["id"].as_str().unwrap();
    for class in [id.as_str(), later] {
        let people = desk.cli(&["roster", "show", class]);
        assert_eq!(people["people"].as_array().unwrap().len(), 2, "{people}");
    }
    let twice = desk.refused(&edit(&["--rrule", "FREQ=DAILY"]));
    assert!(twice["next"].as_str().unwrap().contains("--following"), "{twice}");

    desk.undo_newest();
    let places = |list: &Value| -> Vec<Value> {
        let all = list.as_array().unwrap().iter();
        all.map(|one| json!([one["id"], one["title"], one["start"], one["status"], one["series"]])).collect()
    };
    assert_eq!(places(&desk.list()), places(&before));
    assert_eq!(desk.cli(&["roster", "show", &id])["people"].as_array().unwrap().len(), 2);
    // The undo can be undone: the series is there again, with the same classes.
    desk.undo_newest();
    let again = desk.list();
    assert_eq!(again.as_array().unwrap().len(), sessions.len());
    assert!(again.as_array().unwrap().iter().any(|one| one["id"] == json!(later)));
    assert_eq!(desk.cli(&["roster", "show", later])["people"].as_array().unwrap().len(), 2);
}
