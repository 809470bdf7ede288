//! Generates the TypeScript that the page imports: types, commands with the topics that they change, error codes,
//! events, limits and defaults.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::limits::{
    EARLY_START, INSTRUCTOR_MAX, LENGTH_MAX, PARTICIPANTS_MAX, START_GRACE, START_HORIZON, TITLE_MAX,
};
use hajime_core::domain::sharing::link::Validity;
use hajime_core::error::UserError;
use hajime_core::ports;
use serde::Serialize;
use serde_json::json;
use ts_rs::{Config, TS, TypeVisitor};

use super::events::{ChangedDto, CloseQuestionDto, Topic};
use super::profile::settings::SettingsDto;
use super::schedule::SessionDto;
use super::user_error::UserErrorShape;
use super::{delivery, health, library, of_every_file, profile, recorder, rehearsal, schedule, sharing, window};

/// The description of one command, from which its TypeScript function is generated.
pub(crate) struct Command {
    /// The name by which the page calls it.
    pub(crate) name: &'static str,
    /// The lines of its Rust doc comment.
    pub(crate) docs: &'static [&'static str],
    /// Names and TypeScript types of the arguments that the page sends, in order.
    pub(crate) arguments: Vec<(&'static str, String)>,
    /// The TypeScript type of a successful answer.
    pub(crate) result: String,
    /// The topics that the command changes.
    pub(crate) changes: &'static [ports::Topic],
}

/// The TypeScript types that the contract has used so far, with their declarations.
pub(crate) struct Types {
    config: Config,
    seen: HashSet<TypeId>,
    declarations: BTreeMap<String, String>,
}

impl Types {
    /// Returns the TypeScript name of a type, and declares the type with every type inside it.
    pub(crate) fn name_of<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }

    /// [`Types::name_of`] for the successful answer in the result type of a command.
    pub(crate) fn name_of_answer<A: Answer>(&mut self) -> String {
        self.name_of::<A::Value>()
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if self.seen.insert(TypeId::of::<T>()) {
            T::visit_generics(self);
            T::visit_dependencies(self);
            if T::output_path().is_some() {
                self.declarations.insert(T::ident(&self.config), T::decl(&self.config));
            }
        }
    }
}

/// The result type of a command.
pub(crate) trait Answer {
    /// The successful answer.
    type Value: TS + 'static;
}

impl<T: TS + 'static> Answer for Result<T, UserError> {
    type Value = T;
}

fn word<T: Serialize>(value: T) -> String {
    serde_json::to_string(&value).unwrap()
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn commands(types: &mut Types) -> Vec<Command> {
    of_every_file!(contracts(types)).into_iter().flatten().collect()
}

/// The TypeScript constants with the limits and defaults that forms show. The name of a limit gives the unit of a time;
/// text is counted in characters.
fn constants() -> String {
    let limits = json!({
        "title": TITLE_MAX,
        "instructor": INSTRUCTOR_MAX,
        "length_minutes": LENGTH_MAX.num_minutes(),
        "participants": PARTICIPANTS_MAX,
        "start_grace_minutes": START_GRACE.num_minutes(),
        "start_horizon_minutes": START_HORIZON.num_minutes(),
        "early_start_minutes": EARLY_START.num_minutes(),
        "link_hours": Validity::DAY.span().num_hours(),
    });
    let qualities: Vec<_> = Quality::ALL.into_iter().map(Quality::name).collect();
    let defaults = word(SettingsDto::from(Preferences::default()));
    format!(
        "/** The core’s limits. Text is counted in characters. */\nexport const LIMITS = {limits} as const;\n\n\
         /** The recording qualities, best first. */\nexport const QUALITIES = {} as const satisfies readonly Quality[];\n\n\
         /** The settings of an account that never saved any. */\nexport const DEFAULT_SETTINGS: SettingsDto = {defaults};\n\n",
        word(qualities)
    )
}

fn bindings() -> String {
    let mut types = Types {
        config: Config::default().with_large_int("number"),
        seen: HashSet::new(),
        declarations: BTreeMap::new(),
    };
    let commands = commands(&mut types);
    let events = [
        ("changed", types.name_of::<ChangedDto>()),
        ("close_asked", types.name_of::<CloseQuestionDto>()),
        ("notice", types.name_of::<UserErrorShape>()),
        ("open_alerts", types.name_of::<()>()),
        ("open_recording", types.name_of::<String>()),
        ("open_session", types.name_of::<SessionDto>()),
        ("open_today", types.name_of::<()>()),
        ("publishing", types.name_of::<String>()),
    ];
    types.name_of::<Topic>();
    let mut text = String::from("// Generated from the shell’s commands by `cargo xtask bindings`. Do not edit.\n\n");
    let codes: Vec<_> = ErrorCode::ALL.iter().map(word).collect();
    write!(text, "/** Why something was not done. */\nexport type ErrorCode = {};\n\n", codes.join(" | ")).unwrap();
    for declaration in types.declarations.values() {
        write!(text, "export {declaration}\n\n").unwrap();
    }
    text.push_str(&constants());
    text.push_str("/** Every command: what it is given, and what it answers. */\nexport type Commands = {\n");
    for command in &commands {
        let arguments: Vec<_> =
            command.arguments.iter().map(|(name, kind)| format!("{}: {kind}", camel(name))).collect();
        let arguments = match arguments.as_slice() {
            [] => "Record<string, never>".to_owned(),
            some => format!("{{ {} }}", some.join(", ")),
        };
        writeln!(text, "  {}: {{ args: {arguments}, result: {} }},", command.name, command.result).unwrap();
    }
    text.push_str("};\n\n/** The topics that each command changes. */\n");
    text.push_str("export const CHANGES: { readonly [C in keyof Commands]: readonly Topic[] } = {\n");
    for command in &commands {
        let topics: Vec<_> = command.changes.iter().map(|topic| Topic::from(*topic)).collect();
        writeln!(text, "  {}: {},", command.name, word(topics)).unwrap();
    }
    text.push_str("};\n\n/** The payload of each event that the page hears. */\nexport type Events = {\n");
    for (event, payload) in events {
        writeln!(text, "  {event}: {payload},").unwrap();
    }
    text.push_str(
        "};\n\n/** Sends a command to the shell. */\n\
         export type Call = <C extends keyof Commands>(command: C, args: Commands[C][\"args\"]) => Promise<Commands[C][\"result\"]>;\n\n\
         /** One function for each command. */\nexport const createApi = (call: Call) => ({\n",
    );
    for command in &commands {
        if !command.docs.is_empty() {
            let lines: Vec<_> = command.docs.iter().map(|line| line.trim()).collect();
            writeln!(text, "  /** {} */", lines.join(" ")).unwrap();
        }
        let parameters: Vec<_> =
            command.arguments.iter().map(|(name, kind)| format!("{}: {kind}", camel(name))).collect();
        let names: Vec<_> = command.arguments.iter().map(|(name, _)| camel(name)).collect();
        let sent = if names.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", names.join(", ")) };
        let (function, parameters) = (camel(command.name), parameters.join(", "));
        writeln!(text, "  {function}: ({parameters}) => call(\"{}\", {sent}),", command.name).unwrap();
    }
    text.push_str("});\n");
    text
}

#[test]
fn the_generated_bindings_equal_the_committed_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/ipc/bindings.ts");
    let fresh = bindings();
    if std::env::var_os("HAJIME_WRITE_BINDINGS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == fresh, "ui/src/ipc/bindings.ts is stale: run `cargo xtask bindings`");
}
