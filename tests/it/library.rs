//! The library: what people write about recordings, what Stream and other desks know of it, and what a search finds.

use hajime_core::actions::library::{description, pictures, recordings, search, views};
use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::sync;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::description::{DescriptionInput, TagChange};
use hajime_core::domain::library::query::{Cursor, Filter, Flag, Place, Query, Sort, SortBy};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::error::Error;
use hajime_core::jobs::{self, Group, Jobs};
use reqwest::Method;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::adoption::{all, another_desk, recorded};
use crate::command_line::{answer, printed, refused, run};
use crate::support::{Cloud, TestDesk};

fn input(title: &str, notes: &str, tags: &[&str]) -> DescriptionInput {
    DescriptionInput {
        title: Some(title.into()),
        notes: Some(notes.into()),
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
    }
}

fn query(search: &str) -> Query {
    Query { search: search.into(), limit: 50, ..Query::default() }
}

/// Runs the job that tells Stream what people wrote.
async fn tell(desk: &TestDesk) {
    upkeep(desk, &mut Jobs::of(&[Group::Account])).await;
}

async fn upkeep(desk: &TestDesk, jobs: &mut Jobs) {
    jobs::tick(&desk.context, jobs).await.unwrap();
}

fn titles(desk: &TestDesk, query: &Query) -> Vec<String> {
    let page = search::find(&desk.context, query).unwrap();
    page.rows.into_iter().map(|row| row.view.recording.title).collect()
}

async fn meta(cloud: &Cloud, recording: &Recording) -> Value {
    let video = recording.facts.video.as_ref().unwrap();
    cloud.api(Method::GET, &format!("/stream/{video}")).await["result"]["meta"].clone()
}

async fn set_meta(cloud: &Cloud, recording: &Recording, more: &Value) {
    let mut all = meta(cloud, recording).await;
    let members = all.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let video = recording.facts.video.as_ref().unwrap();
    cloud.send(Method::POST, &format!("/stream/{video}"), json!({ "meta": all })).await;
}

fn database(folder: &std::path::Path) -> Connection {
    Connection::open(folder.join(hajime_core::store::FILE_NAME)).unwrap()
}

fn say(folder: &std::path::Path, recording: &Recording, n: u32, start_ms: i64, text: &str) {
    let sql = "INSERT INTO transcript_lines (session, source, n, start_ms, end_ms, name, text) VALUES (?1, 'captions', ?2, ?3, ?3 + 4000, '', ?4)";
    database(folder).execute(sql, params![recording.session.to_string(), n, start_ms, text]).unwrap();
}

#[tokio::test]
async fn what_people_write_reaches_stream_and_leaves_what_others_wrote_there() {
    for how in ["replace", "merge"] {
        let cloud = Cloud::start().await;
        cloud.control("switches", json!({ "meta_edit": how })).await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let karate = recorded(&cloud, &mut desk, "Karate").await;
        set_meta(&cloud, &karate, &json!({ "course": "K-17", "views": 12, "nested": { "a": [1, null] } })).await;
        let before = meta(&cloud, &karate).await;

        let edited = description::edit(
            &desk.context,
            karate.id,
            &input("Karate: kihon", "Bring a belt.\nDoor B", &["Kihon", "exam"]),
        )
        .unwrap();
        assert_eq!(edited.view.recording.title, "Karate: kihon");
        tell(&desk).await;
        let after = meta(&cloud, &karate).await;
        assert_eq!(after["name"], "Karate: kihon");
        assert_eq!(after["hajime_notes"], "Bring a belt.\nDoor B");
        assert_eq!(after["hajime_tags"], r#"["exam","Kihon"]"#);
        for (name, value) in
            before.as_object().unwrap().iter().filter(|(name, _)| *name != "name" && *name != "downloaded-from")
        {
            assert_eq!(&after[name], value, "{how}: {name}");
        }

        journal::undo(&desk.context, edited.change.unwrap()).unwrap();
        tell(&desk).await;
        let undone = meta(&cloud, &karate).await;
        assert_eq!(
            (&undone["name"], &undone["hajime_notes"], &undone["hajime_tags"]),
            (&json!("Karate"), &json!(""), &json!("[]"))
        );
        assert_eq!(undone["nested"], json!({ "a": [1, null] }));
    }
}

#[tokio::test]
async fn a_change_that_stream_refuses_is_told_later() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    let video = karate.facts.video.clone().unwrap();
    cloud.fault("POST", &format!("*/stream/{video}"), 1, json!({ "kind": "status", "status": 400 })).await;
    description::edit(&desk.context, karate.id, &input("Karate 2", "", &[])).unwrap();
    let mut jobs = Jobs::of(&[Group::Account]);
    upkeep(&desk, &mut jobs).await;
    assert_eq!(meta(&cloud, &karate).await["name"], "Karate");
    cloud.clear_faults().await;
    desk.pass_without_tick(&cloud, 180).await;
    upkeep(&desk, &mut jobs).await;
    assert_eq!(meta(&cloud, &karate).await["name"], "Karate 2");
}

#[tokio::test]
async fn of_two_desks_the_one_that_wrote_later_counts_and_the_other_keeps_what_it_lost() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let karate = recorded(&cloud, &mut first, "Karate").await;
    description::edit(&first.context, karate.id, &input("Karate A", "from the first", &["first"])).unwrap();
    tell(&first).await;

    // The second desk learns it with its first sync.
    let second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let theirs = all(&second).remove(0);
    assert_eq!(theirs.title, "Karate A");
    let view = recordings::detail_view(&second.context, theirs.id).unwrap().view;
    assert_eq!((view.written.notes.as_str(), view.written.tags), ("from the first", vec!["first".to_owned()]));

    // Both write before either is told. The second writes last.
    description::edit(&first.context, karate.id, &input("Karate B", "lost notes", &["first", "b"])).unwrap();
    second.pass_without_tick(&cloud, 5).await;
    description::edit(&second.context, theirs.id, &input("Karate C", "from the second", &["c"])).unwrap();
    tell(&second).await;
    assert_eq!(meta(&cloud, &karate).await["name"], "Karate C");
    tell(&first).await;
    assert_eq!(meta(&cloud, &karate).await["name"], "Karate C", "the older change did not replace the newer one");
    assert_eq!(recordings::get(&first.context, karate.id).unwrap().title, "Karate C");
    let history = recordings::detail(&first.context, karate.id).unwrap().events;
    let lost = history.last().unwrap().note.clone();
    assert!(lost.contains("“Karate B”") && lost.contains("lost notes") && lost.contains("first"), "{lost}");
    sync::sync(&second.context).await.unwrap();
    assert_eq!(all(&second)[0].title, "Karate C");
}

#[tokio::test]
async fn tags_of_a_desk_with_an_older_copy_leave_the_notes_of_another_desk() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = TestDesk::open(&cloud, one.path());
    let karate = recorded(&cloud, &mut first, "Karate").await;
    let second = another_desk(&cloud, &first, two.path());
    sync::sync(&second.context).await.unwrap();
    let theirs = all(&second).remove(0);
    description::edit(&first.context, karate.id, &input("Karate", "Bring a belt.", &["exam"])).unwrap();
    tell(&first).await;

    // The second desk has not seen the notes when it adds a tag.
    second.pass_without_tick(&cloud, 5).await;
    let kihon = TagChange::check(&["kihon".into()], &[]).unwrap();
    description::tag(&second.context, &description::Selected::Named(vec![theirs.id]), &kihon).unwrap();
    tell(&second).await;
    let told = meta(&cloud, &karate).await;
    assert_eq!((&told["hajime_notes"], &told["hajime_tags"]), (&json!("Bring a belt."), &json!(r#"["exam","kihon"]"#)));
    sync::sync(&first.context).await.unwrap();
    for (desk, id) in [(&first, karate.id), (&second, theirs.id)] {
        let written = recordings::detail_view(&desk.context, id).unwrap().view.written;
        assert_eq!((written.notes.as_str(), written.tags), ("Bring a belt.", vec!["exam".into(), "kihon".into()]));
    }

    // What is replaced without a conflict is in the history too.
    description::edit(&first.context, karate.id, &input("Karate", "Bring two belts.", &["exam", "kihon"])).unwrap();
    tell(&first).await;
    sync::sync(&second.context).await.unwrap();
    let history = recordings::detail(&second.context, theirs.id).unwrap().events;
    assert!(history.last().unwrap().note.contains("the notes “Bring a belt.”"), "{history:?}");
}

#[tokio::test]
async fn the_spelling_of_a_tag_is_that_of_the_library_and_a_change_of_it_can_be_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    let judo = recorded(&cloud, &mut desk, "Judo").await;
    let tagged = |id: RecordingId, tags: &[&str]| {
        let tags = Some(tags.iter().map(|tag| (*tag).to_owned()).collect());
        description::edit(&desk.context, id, &DescriptionInput { tags, ..DescriptionInput::default() }).unwrap().change
    };
    let tags = |id: RecordingId| recordings::detail_view(&desk.context, id).unwrap().view.written.tags;
    tagged(karate.id, &["Kihon"]).unwrap();
    let change = tagged(judo.id, &["KIHON", "exam"]).unwrap();
    assert_eq!(tags(judo.id), ["exam", "Kihon"]);
    assert_eq!(tagged(judo.id, &["kihon", "exam"]), None, "nothing differs");
    journal::undo(&desk.context, change).unwrap();
    assert_eq!(tags(judo.id), Vec::<String>::new());

    // While only one recording has the tag, its spelling is corrected.
    let change = tagged(karate.id, &["KIHON"]).unwrap();
    assert_eq!(tags(karate.id), ["KIHON"]);
    journal::undo(&desk.context, change).unwrap();
    assert_eq!(tags(karate.id), ["Kihon"]);
}

/// Adds recordings that are like this one.
fn copy(folder: &std::path::Path, recording: &Recording, count: usize) {
    let database = database(folder);
    database
        .execute("CREATE TEMP TABLE copies AS SELECT * FROM recordings WHERE id = ?1", [recording.id.to_string()])
        .unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..count {
        let id = RecordingId::new().to_string();
        database.execute("UPDATE copies SET id = ?1, video_id = NULL, realtimekit_recording_id = NULL", [id]).unwrap();
        database.execute("INSERT INTO recordings SELECT * FROM copies", []).unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
}

#[tokio::test]
async fn a_search_says_how_many_recordings_are_not_indexed_yet() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    search::index_all(&desk.context).unwrap();
    copy(folder.path(), &karate, 449);
    assert_eq!(recordings::list(&desk.context, &query("")).unwrap().behind, 0, "nothing is searched");
    for (behind, found) in [(249, 201), (49, 401), (0, 450)] {
        let page = recordings::list(&desk.context, &query("karate")).unwrap();
        assert_eq!((page.behind, page.total), (behind, found));
    }
}

#[tokio::test]
async fn another_number_is_no_typo() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    recorded(&cloud, &mut desk, "Karate class 7042").await;
    assert_eq!(titles(&desk, &query("kartae 7042")), ["Karate class 7042"]);
    assert!(titles(&desk, &query("karate 7024")).is_empty());
}

#[tokio::test]
async fn every_row_of_a_search_with_a_typo_can_be_reached() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    copy(folder.path(), &karate, 449);
    search::index_all(&desk.context).unwrap();
    let page = Query { offset: 400, ..query("kartae") };
    assert_eq!(recordings::list(&desk.context, &page).unwrap().total, 450);
    assert_eq!(titles(&desk, &page).len(), 50);
}

#[tokio::test]
async fn pictures_of_the_list_make_no_signing_key() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    assert!(pictures::of(&desk.context, &[karate.id]).await.unwrap().is_empty());
    assert_eq!(desk.context.store().signing_key().unwrap(), None);
}

#[tokio::test]
async fn a_search_finds_words_wherever_they_are_and_says_where() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let karate = recorded(&cloud, &mut desk, "Karate fundamentals: kihon").await;
    let aikido = recorded(&cloud, &mut desk, "合気道の初級クラス").await;
    recorded(&cloud, &mut desk, "태권도수업 월요일").await;
    recorded(&cloud, &mut desk, "มวยไทยขั้นพื้นฐาน").await;
    recorded(&cloud, &mut desk, "BJJ für Anfänger").await;
    say(folder.path(), &karate, 1, 741_000, "Front stance, left leg forward.");
    say(folder.path(), &karate, 2, 760_000, "Now from here, mae geri. The knee comes up first.");
    let chat =
        "INSERT INTO chat_lines (session, n, at, name, text) VALUES (?1, 1, 0, 'Ada', 'is the makiwara outside?')";
    database(folder.path()).execute(chat, [aikido.session.to_string()]).unwrap();
    description::edit(
        &desk.context,
        aikido.id,
        &DescriptionInput { notes: Some("Ask about the bokken".into()), ..DescriptionInput::default() },
    )
    .unwrap();

    for (text, title) in [
        ("fundamentals karate", "Karate fundamentals: kihon"),
        ("Ｋａｒａｔｅ", "Karate fundamentals: kihon"),
        ("kartae", "Karate fundamentals: kihon"),
        ("funadmentals", "Karate fundamentals: kihon"),
        ("damental", "Karate fundamentals: kihon"),
        ("ka", "Karate fundamentals: kihon"),
        ("mae geri", "Karate fundamentals: kihon"),
        ("karate knee", "Karate fundamentals: kihon"),
        ("気道", "合気道の初級クラス"),
        ("ｸﾗｽ", "合気道の初級クラス"),
        ("初", "合気道の初級クラス"),
        ("makiwara", "合気道の初級クラス"),
        ("bokken", "合気道の初級クラス"),
        ("수업", "태권도수업 월요일"),
        ("ไทย", "มวยไทยขั้นพื้นฐาน"),
        ("bj", "BJJ für Anfänger"),
        ("anfanger", "BJJ für Anfänger"),
        ("Anfa\u{308}nger", "BJJ für Anfänger"),
    ] {
        assert_eq!(titles(&desk, &query(text)), [title], "{text}");
    }
    for text in ["mae kihon gyaku", "judo", "\" OR title:karate", "NEAR(karate)", "気合道"] {
        assert_eq!(titles(&desk, &query(text)), Vec::<String>::new(), "{text}");
    }

    // The command line says where, and when it was said.
    let found = printed(&run(&cloud, folder.path(), &["recording", "search", "mae geri"]));
    let hit = &found["recordings"][0]["hits"][0];
    assert_eq!((&hit["place"], &hit["at_seconds"]), (&json!("transcript"), &json!(760)));
    assert_eq!(hit["marked"], json!(["mae", "geri"]));
    let typo = printed(&run(&cloud, folder.path(), &["recording", "search", "kartae"]));
    assert_eq!(typo["also"], json!(["karate"]));
    let nowhere = printed(&run(&cloud, folder.path(), &["recording", "search", "mae geri", "--in", "title"]));
    assert_eq!(nowhere["recordings"], json!([]));

    // What is said or written later is found too, and what is gone is not found any more.
    say(folder.path(), &karate, 3, 800_000, "and now gyaku zuki");
    assert_eq!(titles(&desk, &query("gyaku")), ["Karate fundamentals: kihon"]);
    database(folder.path()).execute("DELETE FROM chat_lines", []).unwrap();
    assert_eq!(titles(&desk, &query("makiwara")), Vec::<String>::new());
}

#[tokio::test]
async fn filters_have_counts_and_pages_go_on_where_the_last_one_ended() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let mut made = Vec::new();
    for title in ["Karate", "Judo", "Aikido", "Kendo"] {
        made.push(recorded(&cloud, &mut desk, title).await);
    }
    let id = |index: usize| made[index].id;
    let context = &desk.context;
    hajime_core::actions::sharing::links::make(context, id(0), Validity::DAY, false).await.unwrap();
    say(folder.path(), &made[1], 1, 0, "hello");
    let kihon = TagChange::check(&["Kihon".into()], &[]).unwrap();
    description::tag(context, &description::Selected::Named(vec![id(0), id(1)]), &kihon).unwrap();

    let facets = search::facets(context, &query("")).unwrap();
    assert_eq!((facets.total, facets.status.ready), (4, 4));
    let flags = [
        (Flag::NotShared, 3),
        (Flag::NoCaptions, 3),
        (Flag::Untagged, 2),
        (Flag::Kept, 0),
        (Flag::Expiring, 0),
        (Flag::SilentOrBlank, 0),
    ];
    assert_eq!(facets.flags, flags);
    assert_eq!(facets.tags, [("Kihon".to_owned(), 2)]);
    assert_eq!(facets.instructors.iter().map(|(_, count)| count).sum::<u32>(), 4);
    let both = Query { tags: vec!["KIHON".into()], flags: vec![Flag::NotShared], ..query("") };
    assert_eq!(titles(&desk, &both), ["Judo"]);
    let facets = search::facets(context, &both).unwrap();
    assert_eq!((facets.total, facets.flags[1]), (1, (Flag::NoCaptions, 0)));
    assert_eq!(titles(&desk, &Query { filter: Filter::Failed, ..query("") }), Vec::<String>::new());
    let places = search::facets(context, &query("ki")).unwrap().places;
    let count = |place| places.iter().find(|(one, _)| *one == place).unwrap().1;
    assert_eq!((count(Place::Everywhere), count(Place::Title), count(Place::Tags)), (2, 0, 2));

    for (by, descending, expected) in [
        (SortBy::Title, false, ["Aikido", "Judo", "Karate", "Kendo"]),
        (SortBy::Title, true, ["Kendo", "Karate", "Judo", "Aikido"]),
        (SortBy::When, true, ["Kendo", "Aikido", "Judo", "Karate"]),
        (SortBy::Links, true, ["Karate", "Kendo", "Aikido", "Judo"]),
    ] {
        let mut shown = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let one = Query { limit: 1, after, sort: Sort { by, descending }, ..query("") };
            let page = search::find(context, &one).unwrap();
            shown.extend(page.rows.into_iter().map(|row| row.view.recording.title));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if by == SortBy::Links {
            assert_eq!((shown.len(), shown[0].as_str()), (4, "Karate"));
        } else {
            assert_eq!(shown, expected);
        }
    }

    let saved = printed(&run(
        &cloud,
        folder.path(),
        &["recording", "view", "save", "Kihon to share", "--tag", "kihon", "--only", "not_shared"],
    ));
    assert_eq!(saved["query"]["tags"], json!(["kihon"]));
    let found = printed(&run(&cloud, folder.path(), &["recording", "search", "--view", "kihon TO share"]));
    assert_eq!(found["recordings"].as_array().unwrap().len(), 1);
    assert!(matches!(views::save(context, None, "KIHON to share", &query("")), Err(Error::Invalid(_))));
    let removed = views::remove(context, saved["id"].as_str().unwrap().parse().unwrap()).unwrap().unwrap();
    assert!(views::list(context).unwrap().is_empty());
    journal::undo(context, removed).unwrap();
    assert_eq!(views::list(context).unwrap()[0].name, "Kihon to share");
}

#[tokio::test]
async fn tags_of_many_change_at_once_list_who_was_refused_and_are_undone_at_once() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let full = recorded(&cloud, &mut desk, "Karate").await;
    let free = recorded(&cloud, &mut desk, "Judo").await;
    let many: Vec<String> = (0..20).map(|number| format!("tag {number}")).collect();
    description::edit(&desk.context, full.id, &DescriptionInput { tags: Some(many), ..DescriptionInput::default() })
        .unwrap();
    let nobody = RecordingId::new().to_string();
    let (full_id, free_id) = (full.id.to_string(), free.id.to_string());
    let done =
        printed(&run(&cloud, folder.path(), &["recording", "tag", &full_id, &free_id, &nobody, "+Kihon", "-draft"]));
    assert_eq!((&done["changed"], &done["unchanged"]), (&json!(1), &json!(0)));
    let refused_titles: Vec<_> = done["refused"].as_array().unwrap().iter().map(|one| one["title"].clone()).collect();
    assert_eq!(refused_titles, [json!("Karate"), json!(nobody)]);
    let tags = |id: RecordingId| recordings::detail_view(&desk.context, id).unwrap().view.written.tags;
    assert_eq!(tags(free.id), ["Kihon"]);

    // A tag that was added meanwhile stays when the change of many is undone.
    let later = TagChange::check(&["later".into()], &[]).unwrap();
    description::tag(&desk.context, &description::Selected::Named(vec![free.id]), &later).unwrap();
    printed(&run(&cloud, folder.path(), &["journal", "undo", done["change"].as_str().unwrap()]));
    assert_eq!(tags(free.id), ["later"]);

    let matching = printed(&run(&cloud, folder.path(), &["recording", "tag", "--matching", "judo", "+kihon"]));
    assert_eq!((&matching["changed"], &tags(free.id)), (&json!(1), &vec!["kihon".to_owned(), "later".to_owned()]));
    for wrong in [
        &["recording", "tag", &free_id][..],
        &["recording", "tag", "+x"],
        &["recording", "tag", &free_id, "+x", "-X"],
        &["recording", "tag", &free_id, "+a,b"],
        &["recording", "edit", &free_id, "--title", " "],
        &["recording", "search", "--after", "x"],
    ] {
        let (succeeded, reply) = answer(&run(&cloud, folder.path(), wrong));
        assert!(!succeeded && reply["message"].is_string(), "{wrong:?}: {reply}");
    }
    let unknown = refused(&run(&cloud, folder.path(), &["recording", "edit", &nobody, "--notes", "x"]));
    assert_eq!(unknown["code"], "not_found");
}
