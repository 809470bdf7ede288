//! Finds the file that a path leads to.
//!
//! A re-exported name belongs to the file that declares it: with `pub use error::Error` in `store.rs`, the path
//! `store::Error` leads to `store/error.rs`. A re-export therefore hides neither a circle nor an arrow to a forbidden
//! layer.

use std::collections::BTreeSet;

use super::modules::{Mention, Modules};

/// Imports that may lead to each other in one chain. A longer chain counts as leading outside.
const LONGEST_CHAIN: usize = 16;

/// The target of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A module, by its index.
    Module(usize),
    /// An item that the module with this index declares.
    ItemOf(usize),
    /// The standard library, or a crate whose files are not read.
    Outside,
}

/// An arrow: the file `from` names something in the file `to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    pub line: usize,
    /// The path as the source has it.
    pub path: String,
    /// Whether only types are imported. Only imports in TypeScript can say so.
    pub types_only: bool,
}

/// A place where a file names a crate whose files are not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outside {
    pub from: String,
    pub name: String,
    pub line: usize,
}

impl Modules {
    /// Returns all arrows between files. Several arrows of one line to the same file count once.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (index, module) in self.all.iter().enumerate() {
            for mention in &module.mentions {
                let (Found::Module(target) | Found::ItemOf(target)) = self.mentioned(index, mention) else { continue };
                let (from, to) = (module.file.clone(), self.all[target].file.clone());
                // A single word is an arrow only when a glob may bring the name. Other names come from an import, which
                // has its own arrow.
                let is_counted = mention.path.len() > 1 || !module.globs.is_empty();
                if from != to && is_counted {
                    let path = mention.path.join("::");
                    arrows.push(Arrow { from, to, line: mention.line, path, types_only: false });
                }
            }
        }
        arrows.sort();
        arrows
            .dedup_by(|second, first| (&first.from, &first.to, first.line) == (&second.from, &second.to, second.line));
        arrows
    }

    /// Returns the crates that are named but not read, each once per file.
    pub fn outside(&self) -> Vec<Outside> {
        let mut outside = Vec::new();
        for (index, module) in self.all.iter().enumerate() {
            for mention in &module.mentions {
                let name = mention.path.iter().find(|part| *part != "::");
                let is_bound = name
                    .is_none_or(|name| module.imports.iter().any(|(bound, path)| bound == name && path[0] != *name));
                if !is_bound && self.mentioned(index, mention) == Found::Outside {
                    let name = name.cloned().unwrap_or_default();
                    outside.push(Outside { from: module.file.clone(), name, line: mention.line });
                }
            }
        }
        outside.sort();
        outside.dedup_by(|second, first| (&first.from, &first.name) == (&second.from, &second.name));
        outside
    }

    /// Returns each file and line that names a field, or a method without arguments, of this name.
    pub fn members(&self, name: &str) -> Vec<(&str, usize)> {
        let all = self.all.iter().flat_map(|module| module.members.iter().map(|member| (module.file.as_str(), member)));
        let named = all.filter(|(_, (member, _))| member == name);
        named.map(|(file, (_, line))| (file, *line)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn mentioned(&self, module: usize, mention: &Mention) -> Found {
        self.follow(module, &mention.path, LONGEST_CHAIN)
    }

    /// Follows a path that starts in the module `from`. A path that cannot be followed counts as leading outside.
    fn follow(&self, from: usize, path: &[String], chain: usize) -> Found {
        let Some((first, rest)) = path.split_first() else { return Found::Outside };
        let (start, rest) = match first.as_str() {
            "crate" => (Found::Module(self.root_of(from)), rest),
            "self" => (Found::Module(from), rest),
            "super" => (self.all[from].parent.map_or(Found::Outside, Found::Module), rest),
            "::" => (self.extern_crate(rest.first()), rest.get(1..).unwrap_or_default()),
            _ => (self.look_up(from, first, chain).unwrap_or_else(|| self.extern_crate(Some(first))), rest),
        };
        rest.iter().fold(start, |found, name| match (found, name.as_str()) {
            (Found::Module(module), "self") => Found::Module(module),
            (Found::Module(module), "super") => self.all[module].parent.map_or(Found::Outside, Found::Module),
            (Found::Module(module), _) => match self.look_up(module, name, chain) {
                Some(found @ (Found::Module(_) | Found::ItemOf(_))) => found,
                // The name is re-exported from another crate, or a macro declares it: it belongs to this module.
                Some(Found::Outside) | None => Found::ItemOf(module),
            },
            (found, _) => found,
        })
    }

    /// Finds what a name means in a module: a child module, an item, an import, or a name that a glob brings.
    fn look_up(&self, module: usize, name: &str, chain: usize) -> Option<Found> {
        let here = &self.all[module];
        let chain = chain.checked_sub(1)?;
        if let Some(child) = here.children.get(name) {
            return Some(Found::Module(*child));
        }
        if here.items.contains(name) {
            return Some(Found::ItemOf(module));
        }
        let mut imports = here.imports.iter().filter(|(bound, _)| bound == name).peekable();
        if imports.peek().is_some() {
            let found = imports.map(|(_, path)| {
                // `use tokio;` names the crate `tokio`, not the import itself.
                if path[0] == name { self.follow_from_crates(path, chain) } else { self.follow(module, path, chain) }
            });
            return found.max_by_key(|found| *found != Found::Outside);
        }
        here.globs.iter().find_map(|path| match self.follow(module, path, chain) {
            Found::Module(opened) if opened != module => self.look_up(opened, name, chain),
            _ => None,
        })
    }

    fn follow_from_crates(&self, path: &[String], chain: usize) -> Found {
        let absolute: Vec<String> = std::iter::once("::".to_owned()).chain(path.iter().cloned()).collect();
        self.follow(0, &absolute, chain)
    }

    fn extern_crate(&self, name: Option<&String>) -> Found {
        name.and_then(|name| self.roots.get(name.as_str())).map_or(Found::Outside, |root| Found::Module(*root))
    }
}
