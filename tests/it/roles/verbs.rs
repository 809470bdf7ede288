//! Drives every verb of the command line, as `--help` lists them, at a desk of staff, and at one of an instructor with the
//! recordings of another one: none of them changes anything at Cloudflare, whatever it is given.

use std::path::Path;
use std::process::Stdio;

use hajime_core::actions::profile::{roles, settings};
use hajime_core::actions::sharing::links;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::profile::role::Role;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::link::Validity;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::{assert_nothing_changed, become_role, staff_desk, watch_for_changes, with_token};
use crate::command_line::program;
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk};

/// How often each verb is given.
const ROUNDS: u64 = 3;
/// Verbs that are not given, with the reason.
const LEFT_OUT: [(&str, &str); 1] =
    [("sandbox serve", "starts a stand-in for Cloudflare and serves it until it is stopped")];

/// A verb with what its help says that it takes.
#[derive(Debug)]
struct Verb {
    words: Vec<String>,
    /// The part of the usage after the verb: what it needs.
    needs: String,
    /// The options, each with the name of its value where it takes one.
    options: Vec<(String, Option<String>)>,
}

impl Verb {
    /// The chance of a round. It depends on the words alone, so that another verb changes no round of this one.
    fn chance(&self, round: u64) -> StdRng {
        let seed = |seed: u64, byte: u8| seed.wrapping_mul(31).wrapping_add(byte.into());
        StdRng::seed_from_u64(self.words.join(" ").bytes().fold(round, seed))
    }
}

fn help(folder: &Path, words: &[String]) -> String {
    let said = program(folder).args(words).arg("--help").stdin(Stdio::null()).output().unwrap();
    assert!(said.status.success(), "{words:?}: {said:?}");
    String::from_utf8(said.stdout).unwrap()
}

/// Every verb, also those below others.
fn verbs(folder: &Path) -> Vec<Verb> {
    let (mut all, mut waiting) = (Vec::new(), vec![Vec::new()]);
    while let Some(words) = waiting.pop() {
        let text = help(folder, &words);
        let usage = text.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap().to_owned();
        let below: Vec<String> = text
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .filter(|name| name != "help")
            .collect();
        // A group may also be a verb by itself, as `backup` is.
        if below.is_empty() || !usage.ends_with("<COMMAND>") {
            let needs = usage.split_once("[OPTIONS]").map_or("", |(_, needs)| needs).replace("[COMMAND]", "");
            all.push(Verb { words: words.clone(), needs, options: options(&text) });
        }
        waiting.extend(below.into_iter().map(|name| words.iter().cloned().chain([name]).collect()));
    }
    all
}

/// The options of a help text.
fn options(text: &str) -> Vec<(String, Option<String>)> {
    let lines = text.lines().skip_while(|line| *line != "Options:").skip(1);
    let named = lines.filter_map(|line| {
        let at = line.find("--").filter(|at| *at <= 6)?;
        let mut words = line[at..].split_whitespace();
        let name = words.next()?.trim_end_matches(',').to_owned();
        let value = words.next().filter(|word| word.starts_with('<'));
        Some((name, value.map(str::to_owned)))
    });
    named.filter(|(name, _)| !["--help", "--json", "--data-dir", "--version"].contains(&name.as_str())).collect()
}

/// Things that exist, and words, with which the verbs are given.
struct Pool {
    recording: String,
    things: Vec<String>,
    folder: String,
}

impl Pool {
    fn value(&self, name: &str, chance: &mut StdRng) -> String {
        let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_uppercase();
        let fixed = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let fitting = match name.as_str() {
            "FILE" | "PATH" | "DIR" | "FOLDER" => vec![format!("{}/fuzzed-{}", self.folder, chance.random::<u32>())],
            "RECORDING" => vec![self.recording.clone()],
            "ROLE" => fixed(&["admin", "instructor"]),
            "START" | "FROM" | "TO" | "UNTIL" => fixed(&["now", "2027-01-05T19:00", "2027-01-05"]),
            "TIMEZONE" => fixed(&["UTC"]),
            "SECONDS" | "TIMEOUT" => fixed(&["1"]),
            "RRULE" | "RULE" => fixed(&["FREQ=WEEKLY;COUNT=3"]),
            "ADDRESS" | "URL" | "TO_ADDRESS" => fixed(&["ada@example.org", "https://example.org/calendar.ics"]),
            _ => [self.things.clone(), fixed(&["1", "60", "on", "Karate", "+kihon", "latest"])].concat(),
        };
        fitting.choose(chance).unwrap().clone()
    }

    /// The arguments of one call: what the verb needs and, by chance, its options. Everything that confirms is always given.
    fn arguments(&self, verb: &Verb, round: u64, chance: &mut StdRng) -> Vec<String> {
        let mut given = verb.words.clone();
        for word in verb.needs.split_whitespace() {
            let word = word.trim_matches(|c| c == '[' || c == ']');
            if word.starts_with("--") {
                given.push(word.trim_end_matches('.').to_owned());
            } else if word.starts_with('<') || round > 0 {
                given.push(self.value(word, chance));
            }
        }
        for (name, value) in &verb.options {
            let confirms =
                ["--yes", "--close", "--others", "--repair", "--until-idle", "--timeout"].contains(&name.as_str());
            if given.contains(name) || !(confirms || (round > 0 && chance.random_bool(0.4))) {
                continue;
            }
            given.push(name.clone());
            if let Some(value) = value {
                given.push(self.value(value, chance));
            }
        }
        given
    }
}

/// The ids of a recording, its class and its video.
fn ids_of(recording: &Recording) -> Vec<String> {
    let video = recording.facts.video.as_ref().map(ToString::to_string);
    [recording.id.to_string(), recording.session.to_string()].into_iter().chain(video).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_verb_of_an_instructor_changes_anything_of_another_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let pool = Pool {
        recording: recording.id.to_string(),
        things: ids_of(&recording),
        folder: folder.path().display().to_string(),
    };
    let preferences = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    settings::save(&desk.context, &preferences).unwrap();
    become_role(&desk, Role::Instructor).await;
    drop(desk);
    watch_for_changes(&cloud).await;
    let mut refused = 0;
    for verb in &verbs(folder.path()) {
        // These have the ids of a recording or a class; others concern the desk or what the instructor has.
        let groups = ["recording", "session", "link", "watch-link"];
        let about_one = verb.words.first().is_some_and(|word| groups.contains(&word.as_str()));
        if !about_one || !verb.needs.contains('<') {
            continue;
        }
        for round in 0..ROUNDS {
            let mut chance = verb.chance(round);
            let arguments = pool.arguments(verb, round, &mut chance);
            let mut call = program(folder.path());
            let said = call.envs(cloud.variables()).args(&arguments).stdin(Stdio::null()).output().unwrap();
            let words = String::from_utf8_lossy(&said.stderr);
            refused += u32::from(words.contains(r#""code":"role""#));
            assert_nothing_changed(&cloud, &format!("{arguments:?}: {words}")).await;
        }
    }
    assert!(refused > 14, "{refused} were refused for the role");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_verb_changes_anything_at_cloudflare_at_a_desk_of_staff() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = staff_desk(&cloud, folder.path()).await;
    let made = links::make(&desk.context, recording.id, Validity::DAY, false).await.unwrap();
    let store = desk.context.store();
    let room = recording.room.as_ref().map(ToString::to_string);
    let things = [made.link.kid.as_ref().map(ToString::to_string), room].into_iter().flatten();
    let things = things.chain([made.link.id.to_string()]).chain(ids_of(&recording));
    let pool = Pool {
        recording: recording.id.to_string(),
        things: things.collect(),
        folder: folder.path().display().to_string(),
    };
    assert_eq!(store.role().unwrap(), Role::Staff);
    drop(desk);
    let reading = with_token(&cloud, &["stream_read"]).await;
    let reading = secrecy::ExposeSecret::expose_secret(&reading.token).to_owned();
    watch_for_changes(&cloud).await;

    let verbs = verbs(folder.path());
    assert!(verbs.len() > 80, "only {} verbs were found", verbs.len());
    let (mut refused, mut allowed) = (0, 0);
    for verb in &verbs {
        if LEFT_OUT.iter().any(|(words, _)| *words == verb.words.join(" ")) {
            continue;
        }
        for round in 0..ROUNDS {
            let mut chance = verb.chance(round);
            let arguments = pool.arguments(verb, round, &mut chance);
            let mut call = program(folder.path());
            call.envs(cloud.variables()).args(&arguments).stdin(Stdio::null());
            // In every other round with the token that staff should have; else with one that could change everything.
            if round % 2 == 0 {
                call.env("CLOUDFLARE_API_TOKEN", &reading);
            }
            let said = call.output().unwrap();
            let words = String::from_utf8_lossy(&said.stderr);
            if said.status.success() {
                allowed += 1;
            } else if words.contains(r#""code":"role""#) {
                refused += 1;
            }
            assert_nothing_changed(&cloud, &format!("{arguments:?}: {words}")).await;
        }
    }
    assert!(refused > 40 && allowed > 10, "{refused} were refused for the role, {allowed} were done");
    let after = TestDesk::open(&cloud, folder.path());
    assert_eq!(roles::show(&after.context).unwrap().role, Role::Staff);
}
