//! Calendar files by the command line: an import is shown first, made once, undone in one step, and exported as it was.

use hajime_core::ports::{Clock as _, SystemClock};
use serde_json::json;

use crate::command_line::{printed, refused, run};
use crate::support::Cloud;

fn file(day: &str, title: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nX-WR-CALNAME:Dojo\r\nBEGIN:VEVENT\r\nUID:one@example\r\n\
         DTSTAMP:20261101T000000Z\r\nDTSTART:{day}T180000Z\r\nDTEND:{day}T190000Z\r\nSUMMARY:{title}\r\nX-OWN;A=b:c\r\n\
         END:VEVENT\r\nBEGIN:VEVENT\r\nUID:week@example\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{day}T080000Z\r\n\
         DURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Judo\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_shown_made_repeated_without_a_change_undone_and_exported_as_it_was() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let day = (SystemClock.now() + chrono::TimeDelta::days(3)).format("%Y%m%d").to_string();
    let path = at.join("in.ics");
    let path = path.to_str().unwrap();
    std::fs::write(path, file(&day, "Karate")).unwrap();
    let import = ["calendar", "import", path, "--instructor", "M. Ito"];
    let classes = || {
        let all = printed(&run(&cloud, at, &["session", "list"]));
        all.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let shown = printed(&run(&cloud, at, &[&import[..], &["--dry-run"]].concat()));
    assert_eq!((shown["new"].as_array().unwrap().len(), classes().len()), (2, 0));
    let made = printed(&run(&cloud, at, &import));
    assert_eq!((made["name"].as_str(), made["new"][1]["title"].as_str()), (Some("Dojo"), Some("Judo")));
    assert_eq!(classes(), ["scheduled"; 5]);
    let again = printed(&run(&cloud, at, &import));
    assert_eq!((&again["same"], &again["new"]), (&json!(2), &json!([])));

    let out = at.join("out.ics");
    printed(&run(&cloud, at, &["calendar", "export", "--output", out.to_str().unwrap()]));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), file(&day, "Karate"));

    std::fs::write(path, file(&day, "Aikido")).unwrap();
    let changed = printed(&run(&cloud, at, &import));
    assert_eq!((&changed["changed"][0]["title"], &changed["same"]), (&json!("Aikido"), &json!(1)));
    let undo = |number: usize| {
        let entries = printed(&run(&cloud, at, &["journal", "list"]));
        let imports: Vec<_> =
            entries.as_array().unwrap().iter().rev().filter(|entry| entry["entity"] == "import").collect();
        printed(&run(&cloud, at, &["journal", "undo", imports[number]["id"].as_str().unwrap()]));
    };
    undo(1);
    undo(0);
    assert_eq!(classes(), ["cancelled"; 5]);
    let anew = printed(&run(&cloud, at, &import));
    assert_eq!(anew["new"].as_array().unwrap().len(), 2);

    std::fs::write(path, "BEGIN:VCALENDAR\nBEGIN:VEVENT\n").unwrap();
    let refused = refused(&run(&cloud, at, &import));
    assert_eq!(refused["message"], "VEVENT begins in line 2 and does not end.");
}
