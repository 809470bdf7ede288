//! Reads the sources: every action names its permission first, and every command of the page leads to actions that do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hajime_core::domain::profile::role::Permission;

/// Actions that name no permission, with the reason.
const WITHOUT_PERMISSION: [(&str, &str); 16] = [
    ("profile::app::create::create_at", "uses credentials that were just typed; Accounts::may_change comes first"),
    ("profile::backups::contents", "counts what a copy holds"),
    ("profile::backups::folder_of_copies", "makes a path"),
    ("profile::backups::list", "reads the names of files"),
    ("profile::backups::newest_whole", "reads the names of files"),
    ("profile::connect::check", "uses credentials that were just typed, and changes nothing"),
    ("profile::settings::keys_answered", "tells the window that keys were assigned"),
    ("profile::tables::save_into", "writes a store that was opened with a permission"),
    ("profile::tables::tables", "reads a store that was opened with a permission"),
    ("recorder::sync::unreadable_entries", "reads what this process remembers"),
    ("schedule::calendar::read_file", "reads a file that a person chose"),
    ("schedule::calendar::save_as", "writes a text that was made with a permission"),
    ("schedule::calendar::sent_file", "decodes what the page sent"),
    ("sharing::formats::written", "words a link that was made with a permission"),
    ("sharing::formats::written_watch", "words a link that was made with a permission"),
    ("sharing::keys::read_file", "reads a file that a person chose"),
];

/// Commands of the page that lead to no action, with the reason.
const WITHOUT_ACTION: [(&str, &str); 23] = [
    ("account_saved", "names the account that is connected"),
    ("backups_list", "lets BackupsDto ask backups::list, which reads the names of files"),
    ("channels_get", "lets ChannelsDto ask channels::get and desktop::get"),
    ("close_after_ending", "asks closing::end_all, under another name"),
    ("close_anyway", "closes the window"),
    ("close_asked", "reads the question that is open"),
    ("close_to_background", "hides the window"),
    ("compact_close", "closes the small window"),
    ("compact_open", "opens the small window"),
    ("computer_awake", "asks the system"),
    ("database_begin_anew", "lets the accounts ask backups::begin_anew"),
    ("desktop_abilities", "asks the desktop"),
    ("failures_list", "lists the words for causes of failure"),
    ("global_keys_pause", "asks the desktop"),
    ("large_window", "shows the window"),
    ("link_copy", "copies a link that was made with a permission"),
    ("link_countries", "lists the names of countries"),
    ("rehearsal_begin", "is about the practice account"),
    ("rehearsal_calm", "is about the practice account"),
    ("rehearsal_fault", "is about the practice account"),
    ("rehearsal_get", "is about the practice account"),
    ("rehearsal_speed", "is about the practice account"),
    ("window_zoom", "zooms the window"),
];

/// An action: where it is, and the permission that it names.
pub(super) type Actions = BTreeMap<String, Option<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// The functions that begin at the start of a line, by name: all that follows up to the brace that ends them.
fn functions<'a>(source: &'a str, heads: &[&str]) -> Vec<(&'a str, &'a str)> {
    let source = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut all = Vec::new();
    for (at, _) in source.match_indices('\n') {
        let rest = &source[at + 1..];
        let Some(named) = heads.iter().find_map(|head| rest.strip_prefix(head)) else { continue };
        let name = named.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let end = rest.find("\n}").map_or(rest.len(), |end| end);
        all.push((name, &rest[..end]));
    }
    all
}

/// Every action that people can ask for, with its permission.
pub(super) fn actions() -> Actions {
    let folder = root().join("src-tauri/core/src/actions");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    let mut all = Actions::new();
    for file in files {
        let place = file.strip_prefix(&folder).unwrap().with_extension("");
        let place: Vec<_> = place.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let source = fs::read_to_string(&file).unwrap();
        for (name, text) in functions(&source, &["pub fn ", "pub async fn "]) {
            let body = text.split_once(" {\n").map_or("", |(_, body)| body).trim_start();
            let permission = body.strip_prefix("guard::allow").and_then(|rest| {
                let (_, named) = rest.split_once("Permission::")?;
                Some(named.split(|c: char| !c.is_alphanumeric()).next()?.to_owned())
            });
            all.insert(format!("{}::{name}", place.join("::")), permission);
        }
    }
    assert!(all.len() > 150, "only {} actions were found", all.len());
    all
}

/// The names of the commands in the generated contract.
fn contract() -> BTreeSet<String> {
    let bindings = fs::read_to_string(root().join("ui/src/ipc/bindings.ts")).unwrap();
    let (_, commands) = bindings.split_once("export type Commands = {\n").unwrap();
    let (commands, _) = commands.split_once("\n};").unwrap();
    commands.lines().map(|line| line.trim().split(':').next().unwrap().to_owned()).collect()
}

/// The actions to which each command of the page leads, also through functions of its file.
pub(super) fn actions_of_commands(actions: &Actions) -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    rust_files(&root().join("src-tauri/src/ipc"), &mut files);
    let mut found = BTreeMap::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let heads = ["pub(crate) async fn ", "async fn ", "pub(crate) fn ", "fn "];
        let own = functions(&source, &heads);
        for (name, text) in own.iter().filter(|(_, text)| text.starts_with("pub(crate) async fn")) {
            let (mut led, mut seen, mut waiting) = (BTreeSet::new(), BTreeSet::from([*name]), vec![*text]);
            while let Some(text) = waiting.pop() {
                let squeezed: String = text.split_whitespace().collect();
                led.extend(actions.keys().filter(|action| names(&squeezed, action)).cloned());
                for (other, text) in &own {
                    if text_calls(&squeezed, other) && seen.insert(other) {
                        waiting.push(text);
                    }
                }
            }
            found.insert((*name).to_owned(), led);
        }
    }
    found
}

/// Whether a text names an action as `module::action`, with any of the modules that it is in.
fn names(text: &str, action: &str) -> bool {
    let mut parts: Vec<&str> = action.split("::").collect();
    let name = parts.pop().unwrap_or_default();
    parts.iter().any(|module| {
        let named = format!("{module}::{name}");
        text.match_indices(&named).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + named.len()..].chars().next();
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !is_word(before) && !is_word(after)
        })
    })
}

fn text_calls(text: &str, function: &str) -> bool {
    text.match_indices(&format!("{function}(")).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.' || c == ':')
    })
}

#[test]
fn every_action_names_its_permission_before_anything_else() {
    let actions = actions();
    let excused: BTreeSet<&str> = WITHOUT_PERMISSION.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<String> = Permission::ALL.iter().map(|one| format!("{one:?}")).collect();
    let without: Vec<_> = actions
        .iter()
        .filter(|(name, permission)| permission.is_none() && !excused.contains(name.as_str()))
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "actions without a permission: {without:#?}");
    let idle: Vec<_> = excused.iter().filter(|name| actions.get(**name).is_none_or(Option::is_some)).collect();
    assert!(idle.is_empty(), "excuses that no action needs: {idle:?}");
    let named: BTreeSet<String> = actions.into_values().flatten().collect();
    assert_eq!(named, known, "every permission is used, and every name is one");
}

#[test]
fn every_command_of_the_page_leads_to_an_action_or_says_why_not() {
    let led = actions_of_commands(&actions());
    let excused: BTreeSet<&str> = WITHOUT_ACTION.iter().map(|(name, _)| *name).collect();
    let contract = contract();
    assert!(contract.len() > 100, "only {} commands were found", contract.len());
    let lost: Vec<_> = contract
        .iter()
        .filter(|name| led.get(*name).is_none_or(BTreeSet::is_empty) && !excused.contains(name.as_str()))
        .collect();
    assert!(lost.is_empty(), "commands that lead to no action: {lost:#?}");
    let idle: Vec<_> = excused
        .iter()
        .filter(|name| !contract.contains(**name) || led.get(**name).is_some_and(|actions| !actions.is_empty()))
        .collect();
    assert!(idle.is_empty(), "excuses that no command needs: {idle:?}");
}

#[test]
fn connecting_and_forgetting_an_account_ask_for_the_role_first() {
    let source = fs::read_to_string(root().join("src-tauri/src/accounts.rs")).unwrap();
    for name in ["connect", "forget"] {
        let (_, text) = source.split_once(&format!("pub(crate) async fn {name}(")).unwrap();
        let (_, body) = text.split_once("{\n").unwrap();
        assert!(body.trim_start().starts_with("self.may_change()?;"), "{name}");
    }
}
