//! Drives every action that staff may use, for every command of the page: none of them changes anything at Cloudflare.
//!
//! An action whose permission staff lack is refused before it does anything; the test of the sources sees to that.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use hajime_core::actions::delivery::desktop;
use hajime_core::actions::library::{captions, checks, evidence, pictures, recordings, search, view, views};
use hajime_core::actions::profile::{roles, settings, status};
use hajime_core::actions::recorder::{closing, live, sync};
use hajime_core::actions::schedule::{invitations, tray};
use hajime_core::actions::sharing::{formats, keys, ledger, links, watch_links};
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
use hajime_core::domain::sharing::watch_link::WatchOptions;
use hajime_core::ports::MemorySecrets;

use super::sources::{actions, actions_of_commands};
use super::{assert_nothing_changed, secret, staff_desk, watch_for_changes};
use crate::support::{Cloud, TestDesk};

/// What the actions are driven with.
struct Subject<'a> {
    context: &'a Context,
    recording: &'a Recording,
    link: LinkId,
    kid: &'a KeyId,
}

type Drive = for<'a> fn(&'a Subject<'a>) -> LocalBoxFuture<'a, ()>;

/// Every action that staff may use, by its place.
const DRIVEN: [(&str, Drive); 50] = [
    ("delivery::desktop::get", |on| async move { drop(desktop::get(on.context)) }.boxed_local()),
    ("delivery::desktop::set_quiet_hours", |on| {
        async move { drop(desktop::set_quiet_hours(on.context, None)) }.boxed_local()
    }),
    ("delivery::desktop::test", |on| async move { drop(desktop::test(on.context).await) }.boxed_local()),
    ("library::evidence::evidence", |on| {
        async move { drop(evidence::evidence(on.context, on.recording.id)) }.boxed_local()
    }),
    ("library::pictures::of", |on| {
        async move { drop(pictures::of(on.context, &[on.recording.id]).await) }.boxed_local()
    }),
    ("library::recordings::detail", |on| {
        async move { drop(recordings::detail(on.context, on.recording.id)) }.boxed_local()
    }),
    ("library::recordings::detail_view", |on| {
        async move { drop(recordings::detail_view(on.context, on.recording.id)) }.boxed_local()
    }),
    ("library::recordings::get", |on| async move { drop(recordings::get(on.context, on.recording.id)) }.boxed_local()),
    ("library::recordings::list", |on| {
        async move { drop(recordings::list(on.context, &Query::default())) }.boxed_local()
    }),
    ("library::recordings::missing", |on| async move { drop(recordings::missing(on.context)) }.boxed_local()),
    ("library::recordings::of_session", |on| {
        async move { drop(recordings::of_session(on.context, on.recording.session)) }.boxed_local()
    }),
    ("library::recordings::play", |on| {
        async move { drop(recordings::play(on.context, on.recording.id).await) }.boxed_local()
    }),
    ("library::recordings::some", |on| {
        async move { drop(recordings::some(on.context, &[on.recording.id, RecordingId::new()])) }.boxed_local()
    }),
    ("library::search::facets", |on| async move { drop(search::facets(on.context, &Query::default())) }.boxed_local()),
    ("library::search::find", |on| async move { drop(search::find(on.context, &Query::default())) }.boxed_local()),
    ("library::search::index_all", |on| async move { drop(search::index_all(on.context)) }.boxed_local()),
    ("library::view::view", |on| async move { drop(view::view(on.context, on.recording.clone())) }.boxed_local()),
    ("library::view::views", |on| {
        async move { drop(view::views(on.context, vec![on.recording.clone()])) }.boxed_local()
    }),
    ("library::views::find", |on| async move { drop(views::find(on.context, "Mine")) }.boxed_local()),
    ("library::views::list", |on| async move { drop(views::list(on.context)) }.boxed_local()),
    ("library::views::remove", |on| {
        async move {
            for view in views::list(on.context).unwrap() {
                drop(views::remove(on.context, view.id));
            }
        }
        .boxed_local()
    }),
    ("library::views::save", |on| {
        async move { drop(views::save(on.context, None, "Mine", &Query::default())) }.boxed_local()
    }),
    ("profile::roles::set", |on| {
        async move {
            for role in Role::ALL {
                drop(roles::set(on.context, role, Some(&secret("a wrong passphrase"))).await);
            }
        }
        .boxed_local()
    }),
    ("profile::roles::show", |on| async move { drop(roles::show(on.context)) }.boxed_local()),
    ("profile::roles::try_token", |on| async move { drop(roles::try_token(on.context).await) }.boxed_local()),
    ("profile::roles::why_job_rests", |on| {
        async move { drop(roles::why_job_rests(on.context, "rooms")) }.boxed_local()
    }),
    ("profile::settings::get", |on| async move { drop(settings::get(on.context)) }.boxed_local()),
    ("profile::settings::global_keys", |on| async move { drop(settings::global_keys(on.context)) }.boxed_local()),
    ("profile::settings::reminders", |on| async move { drop(settings::reminders(on.context)) }.boxed_local()),
    ("profile::settings::save_global_keys", |on| {
        async move { settings::save_global_keys(on.context, GlobalKeys::default()).unwrap() }.boxed_local()
    }),
    ("profile::settings::save_reminders", |on| {
        async move { settings::save_reminders(on.context, settings::reminders(on.context).unwrap()).unwrap() }
            .boxed_local()
    }),
    ("profile::status::status", |on| async move { drop(status::status(on.context)) }.boxed_local()),
    ("recorder::closing::question", |on| {
        async move { drop(closing::question(on.context, WayBack::Icon)) }.boxed_local()
    }),
    ("library::captions", |on| {
        async move {
            let language = "de".parse().unwrap();
            drop(captions::known(on.context, on.recording.id));
            drop(captions::list(on.context, on.recording.id).await);
            drop(captions::lines(on.context, on.recording.id, &language, 0));
            drop(captions::generate(on.context, on.recording.id, &language).await);
            drop(
                captions::upload(on.context, on.recording.id, &language, b"WEBVTT\n\n00:00.000 --> 00:01.000\nA\n")
                    .await,
            );
            drop(captions::delete(on.context, on.recording.id, &language).await);
        }
        .boxed_local()
    }),
    ("library::checks", |on| {
        async move {
            drop(checks::known(on.context, on.recording.id));
            drop(checks::begin(on.context, on.recording.id));
            drop(checks::run(on.context, on.recording.id).await);
        }
        .boxed_local()
    }),
    ("recorder::closing::under_way", |on| async move { drop(closing::under_way(on.context)) }.boxed_local()),
    ("recorder::live::count", |on| async move { drop(live::count(on.context)) }.boxed_local()),
    ("recorder::live::window_title", |on| async move { drop(live::window_title(on.context)) }.boxed_local()),
    ("recorder::sync::make_due", |on| async move { drop(sync::make_due(on.context)) }.boxed_local()),
    ("recorder::sync::sync", |on| async move { drop(sync::sync(on.context).await) }.boxed_local()),
    ("schedule::invitations::invites_local_only", |on| {
        async move { drop(invitations::invites_local_only(on.context)) }.boxed_local()
    }),
    ("schedule::tray::menu", |on| async move { drop(tray::menu(on.context)) }.boxed_local()),
    ("schedule::tray::of_key", |on| async move { drop(tray::of_key(on.context, KeyAction::StartOrEnd)) }.boxed_local()),
    ("sharing::formats::draft", |on| async move { drop(formats::draft(on.context, on.link)) }.boxed_local()),
    ("sharing::keys", |on| {
        async move {
            drop(keys::list(on.context).await);
            drop(keys::get(on.context, on.kid));
            drop(keys::group(on.context, "Partner dojo"));
        }
        .boxed_local()
    }),
    ("sharing::ledger", |on| {
        async move {
            let folder = tempfile::tempdir().unwrap();
            drop(ledger::page(on.context, &Filter::default(), None, 10));
            drop(ledger::verify(on.context).await);
            drop(ledger::export(on.context, &Filter::default(), &folder.path().join("ledger.csv")));
        }
        .boxed_local()
    }),
    ("sharing::links::file", |on| async move { drop(links::file(on.context, on.link).await) }.boxed_local()),
    ("sharing::links::list", |on| async move { drop(links::list(on.context)) }.boxed_local()),
    ("sharing::links", |on| {
        async move {
            for download in [false, true] {
                drop(links::make(on.context, on.recording.id, Validity::DAY, download).await);
                let options = LinkOptions::plain(Validity::DAY, Rights::to_watch(download));
                drop(links::make_with(on.context, on.recording.id, &options).await);
            }
            drop(links::reissue(on.context, on.link).await);
            drop(links::why_not_playing(on.context, on.recording.id).await);
        }
        .boxed_local()
    }),
    ("sharing::watch_links", |on| {
        async move {
            drop(watch_links::ways(on.context));
            drop(watch_links::make(on.context, on.recording.id, &WatchOptions::default()).await);
            drop(watch_links::list(on.context, on.recording.id));
            drop(watch_links::address(on.context, on.link).await);
            drop(watch_links::plays(on.context, on.link));
        }
        .boxed_local()
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
            assert_nothing_changed(&cloud, place).await;
        }
        assert_eq!(roles::show(context).unwrap().role, Role::Staff);
    }
}
