//! Compares the arrows between files with the table of layers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::paths::{Arrow, Outside};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    pub name: &'static str,
    holds: &'static str,
    may_use: &'static str,
}

/// Creates a row: the name of a layer, its files and folders, and the layers that it may use besides itself. Spaces
/// separate the entries of both lists.
///
/// `core/src/store` holds `core/src/store.rs` and all of `core/src/store/`. When several rows hold a file, the row with
/// the longest entry counts. `types:x` allows TypeScript's `import type` from layer x.
pub const fn layer(name: &'static str, holds: &'static str, may_use: &'static str) -> Layer {
    Layer { name, holds, may_use }
}

/// The entry of a layer that may use all layers, because it wires them together.
pub const EVERYTHING: &str = "everything";

const TYPES: &str = "types:";

impl Layer {
    /// The layers that this layer may use, as the row names them.
    fn uses(&self) -> impl Iterator<Item = &'static str> {
        self.may_use.split_whitespace()
    }

    fn may_use(&self, name: &str) -> bool {
        self.may_use == EVERYTHING || self.name == name || self.uses().any(|used| used == name)
    }

    fn may_use_types_of(&self, name: &str) -> bool {
        self.uses().filter_map(|used| used.strip_prefix(TYPES)).any(|used| used == name)
    }

    /// Returns the length of the entry that holds a file; `None` when this layer does not hold the file.
    fn hold_on(&self, file: &str) -> Option<usize> {
        let holds = |entry: &&str| file.strip_prefix(entry).is_some_and(|rest| rest.starts_with(['/', '.']));
        self.holds.split_whitespace().filter(holds).map(str::len).max()
    }
}

/// A crate that only one folder may name. The rule covers crates whose names begin with the name and `_` too.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    pub name: &'static str,
    pub folder: &'static str,
}

/// An arrow that no row of the table allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule that the arrow breaks, such as `domain may not use store`.
    pub rule: String,
    /// The file that has to change, with the line numbers.
    pub place: String,
    /// The path as the source has it, and the file that it leads to.
    pub arrow: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} {}", self.rule, self.place, self.arrow)
    }
}

/// Returns the layer that a file belongs to; `None` when no row holds the file.
pub fn layer_of<'a>(layers: &'a [Layer], file: &str) -> Option<&'a Layer> {
    let holding = layers.iter().filter(|layer| layer.hold_on(file).is_some());
    holding.max_by_key(|layer| layer.hold_on(file))
}

/// Returns the arrows that the table does not allow: one violation for each pair of files, with all its lines.
pub fn violations(layers: &[Layer], arrows: &[Arrow]) -> Vec<Violation> {
    let mut found: BTreeMap<(String, &str, &str), (BTreeSet<usize>, &str)> = BTreeMap::new();
    for arrow in arrows {
        let (Some(from), Some(to)) = (layer_of(layers, &arrow.from), layer_of(layers, &arrow.to)) else { continue };
        let is_allowed = from.may_use(to.name) || (arrow.types_only && from.may_use_types_of(to.name));
        if !is_allowed {
            let rule = format!("{} may not use {}", from.name, to.name);
            found.entry((rule, &arrow.from, &arrow.to)).or_insert((BTreeSet::new(), &arrow.path)).0.insert(arrow.line);
        }
    }
    let violation = |((rule, from, to), (lines, path)): ((String, &str, &str), (BTreeSet<usize>, &str))| Violation {
        rule,
        place: place(from, &lines),
        arrow: format!("`{path}` in {to}"),
    };
    found.into_iter().map(violation).collect()
}

/// Returns the places that name a crate outside its home.
pub fn strays(homes: &[Home], outside: &[Outside]) -> Vec<Violation> {
    let mut strays = Vec::new();
    for home in homes {
        let is_named =
            |name: &str| name.strip_prefix(home.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        for entry in outside.iter().filter(|entry| is_named(&entry.name) && !entry.from.starts_with(home.folder)) {
            strays.push(Violation {
                rule: format!("only {} may name {}", home.folder, home.name),
                place: format!("{}:{}", entry.from, entry.line),
                arrow: format!("`{}`", entry.name),
            });
        }
    }
    strays
}

/// Returns the places where a layer may use the layer `through` but not `to`, and reaches `to` by a member of
/// `through`.
pub fn reaches(layers: &[Layer], through: &str, member: &str, to: &str, named: &[(&str, usize)]) -> Vec<Violation> {
    let mut found: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    for (file, line) in named {
        let Some(layer) = layer_of(layers, file) else { continue };
        if layer.may_use(through) && !layer.may_use(to) {
            found.entry((layer.name, file)).or_default().insert(*line);
        }
    }
    let violation = |((layer, file), lines): ((&str, &str), BTreeSet<usize>)| Violation {
        rule: format!("{layer} may not use {to}"),
        place: place(file, &lines),
        arrow: format!("`.{member}` of the {through}"),
    };
    found.into_iter().map(violation).collect()
}

/// Returns the names in the table that have no row, and the layers that may use each other, directly or by way of other
/// layers. Layers that exchange types alone are allowed.
pub fn contradictions(layers: &[Layer]) -> Vec<String> {
    let row = |name: &str| layers.iter().find(|layer| layer.name == name);
    let mut found = Vec::new();
    for layer in layers {
        let names = layer.uses().map(|name| name.strip_prefix(TYPES).unwrap_or(name));
        let unknown = names.filter(|name| *name != EVERYTHING && row(name).is_none());
        found.extend(unknown.map(|name| format!("{} names {name}, which is no layer", layer.name)));
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&str> = layer.uses().collect();
        while let Some(name) = waiting.pop() {
            if seen.insert(name) {
                waiting.extend(row(name).into_iter().flat_map(Layer::uses));
            }
        }
        if seen.contains(layer.name) {
            found.push(format!("{} may use layers that may use it", layer.name));
        }
    }
    found
}

/// Writes `file.rs:3,7`, with the first few lines only.
fn place(file: &str, lines: &BTreeSet<usize>) -> String {
    const MAX_LINES: usize = 4;
    let named: Vec<String> = lines.iter().take(MAX_LINES).map(ToString::to_string).collect();
    let more = if lines.len() > MAX_LINES { ",…" } else { "" };
    format!("{file}:{}{more}", named.join(","))
}
