//! Drives every action that staff may use, for every command of the page: none of them changes anything at Cloudflare.
//!
//! An action whose permission staff lack is refused before it does anything; the test of the sources sees to that.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hajime_core::actions::delivery::desktop;
use hajime_core::actions::library::{evidence, pictures, recordings, search, view, views};
use hajime_core::actions::profile::{roles, settings, status};
use hajime_core::actions::recorder::{closing, live, sync};
use hajime_core::actions::schedule::{invitations, tray};
use hajime_core::actions::sharing::{keys, ledger, links};
use hajime_core::context::Context;
use hajime_core::domain::ids::{KeyId, LinkId, RecordingId};
use hajime_core::domain::library::query::Query;
use hajime_core::domain::profile::desktop::WayBack;
use hajime_core::domain::profile::global_keys::{GlobalKeys, KeyAction};
use hajime_core::domain::profile::role::{Permission, Role};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::link::{LinkOptions, Validity};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::ports::MemorySecrets;

use super::sources::{actions, actions_of_commands};
use super::{changes, secret, staff_desk, watch_for_changes};
use crate::support::{Cloud, TestDesk};

/// What the actions are driven with.
struct Subject<'a> {
    context: &'a Context,
    recording: &'a Recording,
    link: LinkId,
    kid: &'a KeyId,
}

type Drive = for<'a> fn(&'a Subject<'a>) -> BoxFuture<'a, ()>;

/// Every action that staff may use, by its place.
const DRIVEN: [(&str, Drive); 46] = [
    ("delivery::desktop::get", |on| async { drop(desktop::get(on.context)) }.boxed()),
    ("delivery::desktop::set_quiet_hours", |on| async { drop(desktop::set_quiet_hours(on.context, None)) }.boxed()),
    ("delivery::desktop::test", |on| async { drop(desktop::test(on.context).await) }.boxed()),
    ("library::evidence::evidence", |on| async { drop(evidence::evidence(on.context, on.recording.id)) }.boxed()),
    ("library::pictures::of", |on| async { drop(pictures::of(on.context, &[on.recording.id]).await) }.boxed()),
    ("library::recordings::detail", |on| async { drop(recordings::detail(on.context, on.recording.id)) }.boxed()),
    ("library::recordings::detail_view", |on| {
        async { drop(recordings::detail_view(on.context, on.recording.id)) }.boxed()
    }),
    ("library::recordings::get", |on| async { drop(recordings::get(on.context, on.recording.id)) }.boxed()),
    ("library::recordings::list", |on| async { drop(recordings::list(on.context, &Query::default())) }.boxed()),
    ("library::recordings::missing", |on| async { drop(recordings::missing(on.context)) }.boxed()),
    ("library::recordings::of_session", |on| {
        async { drop(recordings::of_session(on.context, on.recording.session)) }.boxed()
    }),
    ("library::recordings::play", |on| async { drop(recordings::play(on.context, on.recording.id).await) }.boxed()),
    ("library::recordings::some", |on| {
        async { drop(recordings::some(on.context, &[on.recording.id, RecordingId::new()])) }.boxed()
    }),
    ("library::search::facets", |on| async { drop(search::facets(on.context, &Query::default())) }.boxed()),
    ("library::search::find", |on| async { drop(search::find(on.context, &Query::default())) }.boxed()),
    ("library::search::index_all", |on| async { drop(search::index_all(on.context)) }.boxed()),
    ("library::view::view", |on| async { drop(view::view(on.context, on.recording.clone())) }.boxed()),
    ("library::view::views", |on| async { drop(view::views(on.context, vec![on.recording.clone()])) }.boxed()),
    ("library::views::find", |on| async { drop(views::find(on.context, "Mine")) }.boxed()),
    ("library::views::list", |on| async { drop(views::list(on.context)) }.boxed()),
    ("library::views::remove", |on| {
        async {
            for view in views::list(on.context).unwrap() {
                drop(views::remove(on.context, view.id));
            }
        }
        .boxed()
    }),
    ("library::views::save", |on| async { drop(views::save(on.context, None, "Mine", &Query::default())) }.boxed()),
    ("profile::roles::set", |on| {
        async {
            for role in Role::ALL {
                drop(roles::set(on.context, role, Some(&secret("a wrong passphrase"))).await);
            }
        }
        .boxed()
    }),
    ("profile::roles::show", |on| async { drop(roles::show(on.context)) }.boxed()),
    ("profile::roles::try_token", |on| async { drop(roles::try_token(on.context).await) }.boxed()),
    ("profile::roles::why_job_rests", |on| async { drop(roles::why_job_rests(on.context, "rooms")) }.boxed()),
    ("profile::settings::get", |on| async { drop(settings::get(on.context)) }.boxed()),
    ("profile::settings::global_keys", |on| async { drop(settings::global_keys(on.context)) }.boxed()),
    ("profile::settings::reminders", |on| async { drop(settings::reminders(on.context)) }.boxed()),
    ("profile::settings::save_global_keys", |on| {
        async { settings::save_global_keys(on.context, GlobalKeys::default()).unwrap() }.boxed()
    }),
    ("profile::settings::save_reminders", |on| {
        async { settings::save_reminders(on.context, settings::reminders(on.context).unwrap()).unwrap() }.boxed()
    }),
    ("profile::status::status", |on| async { drop(status::status(on.context)) }.boxed()),
    ("recorder::closing::question", |on| async { drop(closing::question(on.context, WayBack::Icon)) }.boxed()),
    ("recorder::closing::under_way", |on| async { drop(closing::under_way(on.context)) }.boxed()),
    ("recorder::live::count", |on| async { drop(live::count(on.context)) }.boxed()),
    ("recorder::live::window_title", |on| async { drop(live::window_title(on.context)) }.boxed()),
    ("recorder::sync::make_due", |on| async { drop(sync::make_due(on.context)) }.boxed()),
    ("recorder::sync::sync", |on| async { drop(sync::sync(on.context).await) }.boxed()),
    ("schedule::invitations::invites_local_only", |on| {
        async { drop(invitations::invites_local_only(on.context)) }.boxed()
    }),
    ("schedule::tray::menu", |on| async { drop(tray::menu(on.context)) }.boxed()),
    ("schedule::tray::of_key", |on| async { drop(tray::of_key(on.context, KeyAction::StartOrEnd)) }.boxed()),
    ("sharing::keys", |on| {
        async {
            drop(keys::list(on.context).await);
            drop(keys::get(on.context, on.kid));
            drop(keys::group(on.context, "Partner dojo"));
        }
        .boxed()
    }),
    ("sharing::ledger", |on| {
        async {
            let folder = tempfile::tempdir().unwrap();
            drop(ledger::page(on.context, &Filter::default(), None, 10));
            drop(ledger::verify(on.context).await);
            drop(ledger::export(on.context, &Filter::default(), &folder.path().join("ledger.csv")));
        }
        .boxed()
    }),
    ("sharing::links::file", |on| async { drop(links::file(on.context, on.link).await) }.boxed()),
    ("sharing::links::list", |on| async { drop(links::list(on.context)) }.boxed()),
    ("sharing::links", |on| {
        async {
            for download in [false, true] {
                drop(links::make(on.context, on.recording.id, Validity::DAY, download).await);
                let options = LinkOptions::plain(Validity::DAY, Rights::to_watch(download));
                drop(links::make_with(on.context, on.recording.id, &options).await);
            }
            drop(links::reissue(on.context, on.link).await);
            drop(links::why_not_playing(on.context, on.recording.id).await);
        }
        .boxed()
    }),
];

/// Whether an action is driven: by its own entry, or by that of its file.
fn is_driven(action: &str) -> bool {
    let file = action.rsplit_once("::").map_or("", |(file, _)| file);
    DRIVEN.iter().any(|(place, _)| *place == action || *place == file)
}

#[test]
fn every_action_that_staff_may_use_is_driven() {
    let staff: BTreeSet<String> = Role::Staff.permissions().map(|permission| format!("{permission:?}")).collect();
    let all = actions();
    let may = |action: &String| all[action].as_ref().is_some_and(|permission| staff.contains(permission));
    let missing: Vec<_> = all.keys().filter(|action| may(action) && !is_driven(action)).collect();
    assert!(missing.is_empty(), "staff may use these, and no test drives them: {missing:#?}");
    let of_commands: BTreeSet<String> = actions_of_commands(&all).into_values().flatten().collect();
    let undecided: Vec<_> = of_commands.iter().filter(|action| may(action) && !is_driven(action)).collect();
    assert!(undecided.is_empty(), "{undecided:?}");
    assert!(!staff.contains(&format!("{:?}", Permission::RevokeLinks)));
}

#[tokio::test]
async fn nothing_that_staff_do_in_the_window_changes_anything_at_cloudflare() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = staff_desk(&cloud, folder.path()).await;
    let kid = desk.context.store().signing_key().unwrap().unwrap();
    let made = links::make(&desk.context, recording.id, Validity::DAY, true).await.unwrap();
    // Also with a token that could change everything, and without the key in the keyring.
    let able = TestDesk::with(&cloud, folder.path(), desk.clock.clone(), Some(Arc::new(MemorySecrets::default())));
    watch_for_changes(&cloud).await;
    for context in [&desk.context, &able.context] {
        let subject = Subject { context, recording: &recording, link: made.link.id, kid: &kid };
        for (place, drive) in DRIVEN {
            drive(&subject).await;
            assert_eq!(changes(&cloud).await, [], "{place}");
        }
        assert_eq!(roles::show(context).unwrap().role, Role::Staff);
    }
}
