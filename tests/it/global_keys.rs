//! Keys that work in every program: saved at the desk, undone like every setting, and what a pressed one means.

use hajime_core::actions::profile::{journal, settings};
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::{sessions, tray};
use hajime_core::domain::profile::global_keys::{GlobalKeys, KeyAction};
use hajime_core::domain::profile::journal::Scope;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::schedule::session::SessionPhase;
use hajime_core::domain::schedule::tray_menu::{Choice, Meaning};

use crate::support::{Cloud, TestDesk, input_at};

#[tokio::test]
async fn keys_are_kept_with_the_other_settings_and_can_be_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let context = TestDesk::open(&cloud, folder.path()).context;
    assert_eq!(settings::global_keys(&context).unwrap(), GlobalKeys::default(), "all are off at first");
    let mine = Preferences { instructor: "M. Ito".into(), ..settings::get(&context).unwrap() };
    settings::save(&context, &mine).unwrap();
    let keys = GlobalKeys { show: "Ctrl+Alt+H".parse().ok(), ..GlobalKeys::default() };
    settings::save_global_keys(&context, keys).unwrap();
    assert_eq!(settings::get(&context).unwrap(), Preferences { keys, ..mine.clone() });
    let twice = GlobalKeys { copy_link: keys.show, ..keys };
    assert!(settings::save_global_keys(&context, twice).is_err());

    let newest = journal::list(&context, Scope::Everything, 10).unwrap();
    let change = newest.iter().find(|entry| entry.changes.before.contains_key("key_show")).unwrap();
    journal::undo(&context, change.id).unwrap();
    assert_eq!(settings::get(&context).unwrap(), mine);
}

#[tokio::test]
async fn a_key_starts_the_next_class_and_means_nothing_where_there_is_none() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let context = TestDesk::open(&cloud, folder.path()).context;
    for action in [KeyAction::StartOrEnd, KeyAction::CopyLink] {
        assert_eq!(tray::of_key(&context, action).unwrap(), Meaning::Nothing);
    }
    assert_eq!(tray::of_key(&context, KeyAction::Show).unwrap(), Meaning::Choice(Choice::Open));
    let soon = context.now() + chrono::TimeDelta::minutes(10);
    let class = sessions::schedule(&context, &input_at("Judo", soon)).unwrap();
    assert_eq!(tray::of_key(&context, KeyAction::StartOrEnd).unwrap(), Meaning::Choice(Choice::Start(class.id)));
}

#[tokio::test]
async fn a_second_press_neither_ends_the_class_nor_starts_the_one_after_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let context = TestDesk::open(&cloud, folder.path()).context;
    let soon = context.now() + chrono::TimeDelta::minutes(5);
    let class = sessions::schedule(&context, &input_at("Judo", soon)).unwrap();
    let after = soon + chrono::TimeDelta::minutes(20);
    let other = sessions::schedule(&context, &input_at("Karate", after)).unwrap();
    let press = || tray::of_key(&context, KeyAction::StartOrEnd).unwrap();
    assert_eq!(press(), Meaning::Choice(Choice::Start(class.id)));
    start::start(&context, class.id).await.unwrap();
    assert_eq!(press(), Meaning::Today);
    let phase = |id| sessions::get(&context, id).unwrap().state.phase();
    assert_eq!((phase(class.id), phase(other.id)), (SessionPhase::Live, SessionPhase::Scheduled));
}
