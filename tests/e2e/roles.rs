//! Every command that the page can ask for, with arguments of every shape, at a desk of staff: nothing changes at Cloudflare, and
//! the window goes on.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};

use crate::support::actions::{self, Plan};
use crate::support::app::Launch;
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;

/// The page's client, which lists the commands with the types of their arguments.
const BINDINGS: &str = include_str!("../../ui/src/ipc/bindings.ts");
/// How often each command is asked for.
const ROUNDS: u64 = 3;
/// How deep an argument is made; what lies deeper is `null`.
const DEPTH_MAX: usize = 6;
/// Commands that are not asked for, by the beginning of their names, with the reason.
const LEFT_OUT: [(&str, &str); 21] = [
    ("close_", "closes the window"),
    ("compact_", "opens another window"),
    ("large_window", "leads to another window"),
    ("rehearsal_", "changes the sandbox itself"),
    ("account_open", "opens another account"),
    ("sandbox_open", "opens another account"),
    ("desk_retry", "opens the account again"),
    ("connect_save", "connects another account"),
    ("connect_forget", "forgets the account"),
    ("connect_make_app", "works with the token in its form"),
    ("backup_restore", "puts an earlier database in the place of this one"),
    ("database_begin_anew", "begins another database"),
    ("archive_folder_add", "asks in a dialog of the operating system"),
    ("key_import", "asks in a dialog of the operating system"),
    ("settings_save", "asks in a dialog of the operating system"),
    ("webhook_save", "asks in a dialog of the operating system"),
    ("slack_save", "asks in a dialog of the operating system"),
    ("mail_save", "asks in a dialog of the operating system"),
    ("mail_draft", "opens the mail program"),
    ("transfer_show", "opens the program for files"),
    ("global_keys_", "takes keys from the desktop"),
];
/// JavaScript that asks for a command and waits for its answer, at most ten seconds.
const ASK_SCRIPT: &str = r"
    const [[command, args], done] = arguments;
    const late = new Promise((say) => setTimeout(() => say({ late: true }), 10000));
    const answer = window.__TAURI_INTERNALS__.invoke(command, args).then(() => ({ done: true }), (why) => ({ why }));
    Promise.race([answer, late]).then(done);
";

/// A type of the page's client.
#[derive(Debug, Clone)]
enum Type {
    Text,
    Number,
    Flag,
    Literal(Value),
    List(Box<Type>),
    Object(Vec<(String, bool, Type)>),
    OneOf(Vec<Type>),
    Named(String),
    /// Anything else.
    Other,
}

/// Reads types as the generator of the client writes them.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn rest(&mut self) -> &'a str {
        self.0 = self.0.trim_start();
        self.0
    }

    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest();
        let taken = rest.strip_prefix(sign);
        self.0 = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.0 = rest;
        word
    }

    fn quoted(&mut self) -> Option<&'a str> {
        let (text, rest) = self.rest().strip_prefix('"')?.split_once('"')?;
        self.0 = rest;
        Some(text)
    }

    fn of(&mut self) -> Type {
        self.takes("|");
        let mut all = vec![self.single()];
        while self.takes("|") {
            all.push(self.single());
        }
        if all.len() == 1 { all.remove(0) } else { Type::OneOf(all) }
    }

    fn single(&mut self) -> Type {
        if let Some(text) = self.quoted() {
            return Type::Literal(json!(text));
        }
        if self.takes("(") {
            let inner = self.of();
            self.takes(")");
            return inner;
        }
        if self.takes("{") {
            let mut members = Vec::new();
            while !self.takes("}") {
                let name = self.quoted().unwrap_or_default();
                let name = if name.is_empty() { self.word() } else { name };
                if name.is_empty() {
                    return Type::Other;
                }
                let is_optional = self.takes("?");
                self.takes(":");
                members.push((name.to_owned(), is_optional, self.of()));
                self.takes(",");
                self.takes(";");
            }
            return Type::Object(members);
        }
        match self.word() {
            "string" => Type::Text,
            "number" | "bigint" => Type::Number,
            "boolean" => Type::Flag,
            "null" => Type::Literal(Value::Null),
            "Array" => {
                self.takes("<");
                let inner = self.of();
                self.takes(">");
                Type::List(Box::new(inner))
            }
            "Record" => {
                self.takes("<string, never>");
                Type::Object(Vec::new())
            }
            "" => Type::Other,
            name => Type::Named(name.to_owned()),
        }
    }
}

/// The client without its comments.
fn client() -> String {
    let mut text = String::new();
    let mut rest = BINDINGS;
    while let Some((before, after)) = rest.split_once("/**") {
        text.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    text + rest
}

/// What the arguments are made of.
struct Pool {
    types: HashMap<String, Type>,
    texts: Vec<String>,
}

impl Pool {
    fn new(client: &str, texts: Vec<String>) -> Self {
        let defined = client.split("\nexport type ").skip(1).filter_map(|text| text.split_once(" = "));
        let types = defined.map(|(name, body)| (name.to_owned(), Reader(body).of()));
        Self { types: types.collect(), texts }
    }

    fn value(&self, of: &Type, depth: usize, chance: &mut StdRng) -> Value {
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        let deeper = depth + 1;
        match of {
            Type::Text => json!(self.texts.choose(chance).unwrap()),
            Type::Number => json!(*[0_u32, 1, 5, 24, 60, 100, u32::MAX].choose(chance).unwrap()),
            Type::Flag => json!(chance.random_bool(0.5)),
            Type::Literal(value) => value.clone(),
            Type::List(inner) => {
                let length = chance.random_range(0..3);
                (0..length).map(|_| self.value(inner, deeper, chance)).collect()
            }
            Type::Object(members) => {
                let mut object = Map::new();
                for (name, is_optional, inner) in members {
                    if !is_optional || chance.random_bool(0.5) {
                        object.insert(name.clone(), self.value(inner, deeper, chance));
                    }
                }
                Value::Object(object)
            }
            Type::OneOf(all) => self.value(all.choose(chance).unwrap(), deeper, chance),
            Type::Named(name) => self.types.get(name).map_or(Value::Null, |of| self.value(of, deeper, chance)),
            Type::Other => Value::Null,
        }
    }
}

/// Every command with the type of its arguments.
fn commands(client: &str) -> Vec<(String, Type)> {
    let (_, table) = client.split_once("export type Commands = {").unwrap();
    let (table, _) = table.split_once("\n};").unwrap();
    let lines = table.lines().filter_map(|line| line.trim().split_once(": { args: "));
    lines.map(|(name, rest)| (name.to_owned(), Reader(rest).of())).collect()
}

/// The texts below these members of an answer, wherever they are.
fn ids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value {
            Value::String(text) if name == "id" || name.ends_with("_id") || name == "kid" => found.push(text.clone()),
            value => ids(value, found),
        }),
        Value::Array(all) => all.iter().for_each(|one| ids(one, found)),
        _ => {}
    }
}

async fn known_ids(page: &Page) -> Vec<String> {
    let every = json!({ "query": { "search": "", "filter": "all", "limit": 10, "offset": 0 } });
    let mut found = Vec::new();
    for (command, arguments) in [
        ("sessions_list", json!({ "from": null, "to": null })),
        ("recordings_list", every),
        ("links_list", json!({})),
        ("keys_list", json!({})),
        ("live_list", json!({})),
    ] {
        ids(&page.ask(command, arguments).await, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn nothing_that_the_page_can_ask_for_changes_anything_at_cloudflare_at_a_desk_of_staff() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let window = Launch::sandbox(&desktop, "roles").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Karate kata")).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    actions::record(page, &cloud, &room).await;
    actions::end(page).await;
    let recording = actions::recording_becomes(page, "READY").await;
    let made = page.ask("link_make", json!({ "recordingId": recording, "hours": 1, "download": true })).await;
    assert!(made["link"].is_object(), "{made}");
    let hostile = [
        "",
        "<img src=x onerror=alert(1)>",
        "\u{202e}\u{200b}",
        "../../../etc/passwd",
        "CON",
        "2027-01-05",
        "2027-01-05T19:00:00Z",
        "de",
        "https://example.org/x.ics",
    ];
    let mut texts = known_ids(page).await;
    assert!(texts.contains(&recording) && texts.contains(&session), "{texts:?}");
    texts.extend(hostile.map(str::to_owned));
    texts.push("x".repeat(10_000));
    let passphrase = "crane bridge plum drum";
    page.ask("role_passphrase_set", json!({ "passphrase": passphrase, "present": null })).await;
    let role = page.ask("role_set", json!({ "role": "staff", "passphrase": null })).await;
    assert_eq!(role["role"], "staff", "{role}");

    let client = client();
    let pool = Pool::new(&client, texts);
    let commands = commands(&client);
    assert!(commands.len() > 150, "only {} commands were found", commands.len());
    cloud.watch_for_changes().await;
    let (mut done, mut refused, mut late) = (0_u32, 0_u32, Vec::new());
    for (place, (name, arguments)) in commands.iter().enumerate() {
        if LEFT_OUT.iter().any(|(left_out, _)| name.starts_with(left_out)) {
            continue;
        }
        for round in 0..ROUNDS {
            let mut chance = StdRng::seed_from_u64(u64::try_from(place).unwrap() * 100 + round);
            let given = pool.value(arguments, 0, &mut chance);
            let answer = page.run_async(ASK_SCRIPT, json!([name, given])).await;
            match (answer.get("done"), answer["why"]["code"].as_str()) {
                (Some(_), _) => done += 1,
                (None, Some("role")) => refused += 1,
                (None, None) if answer.get("late").is_some() => late.push(name.clone()),
                _ => {}
            }
            let changes = cloud.changes().await;
            assert!(changes.is_empty(), "{name} {given}: {changes:?}, {answer}");
        }
    }
    assert!(done > 20 && refused > 50, "{done} were done, {refused} were refused for the role");
    assert!(late.is_empty(), "these commands gave no answer: {late:?}");
    assert_eq!(page.ask("role_get", json!({})).await["role"], "staff");
    page.press("nav-recordings").await;
    page.see("recording-row").await;
    window.close().await;
}
