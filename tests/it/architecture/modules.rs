//! Reads the module tree of each crate: the file of each module, its declarations, its imports and the paths in its
//! code.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Kind, Source, Token, attribute, closes, closing, opens};

/// Source files: the text of each by its path, relative to the repository.
pub type Files = BTreeMap<String, String>;

/// A crate whose files are read.
#[derive(Debug, Clone, Copy)]
pub struct Crate {
    /// The name under which other crates import it.
    pub name: &'static str,
    /// The path of its `lib.rs` or `main.rs`, relative to the repository.
    pub root: &'static str,
}

/// A module: a whole file, or a `mod name { … }` in a file.
#[derive(Debug)]
pub struct Module {
    pub file: String,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    /// Names of the functions, types, constants and macros that the module declares.
    pub items: BTreeSet<String>,
    /// Names that `use` binds, also inside functions, each with the path that it stands for.
    pub imports: Vec<(String, Vec<String>)>,
    /// Paths of each `use …::*`.
    pub globs: Vec<Vec<String>>,
    pub mentions: Vec<Mention>,
    /// Fields, and methods without arguments, that the code names (`x.store`, `x.store()`), each with its line.
    pub members: Vec<(String, usize)>,
    /// The folder with the files of the child modules.
    folder: String,
}

/// A path that a module names in a `use` or in its code.
#[derive(Debug)]
pub struct Mention {
    /// The parts of the path. The first part may be `crate`, `self`, `super`, or `::` for a path that starts at the
    /// crates.
    pub path: Vec<String>,
    pub line: usize,
}

/// The modules of all crates that were read.
#[derive(Debug, Default)]
pub struct Modules {
    pub all: Vec<Module>,
    /// The index of each crate's root module, by the name of the crate.
    pub roots: BTreeMap<&'static str, usize>,
    /// Files that only tests compile; their modules are not read.
    pub test_files: BTreeSet<String>,
}

impl Modules {
    /// Reads each crate from its root file on and follows its `mod` lines.
    ///
    /// # Panics
    /// Panics when a `mod` line names a file that does not exist.
    pub fn read(files: &Files, crates: &[Crate]) -> Self {
        let mut modules = Self::default();
        for entry in crates.iter().filter(|entry| files.contains_key(entry.root)) {
            let folder = entry.root.rsplit_once('/').map_or("", |(folder, _)| folder);
            let root = modules.add(None, entry.root, folder);
            modules.roots.insert(entry.name, root);
            modules.read_file(files, root);
        }
        modules
    }

    /// Returns the index of the root module of the crate that a module belongs to.
    pub fn root_of(&self, mut module: usize) -> usize {
        while let Some(parent) = self.all[module].parent {
            module = parent;
        }
        module
    }

    /// Returns the files of a module's ancestors.
    pub fn ancestor_files(&self, module: usize) -> BTreeSet<&str> {
        let parents = std::iter::successors(self.all[module].parent, |parent| self.all[*parent].parent);
        parents.map(|parent| self.all[parent].file.as_str()).collect()
    }

    fn add(&mut self, parent: Option<usize>, file: &str, folder: &str) -> usize {
        self.all.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            imports: Vec::new(),
            globs: Vec::new(),
            mentions: Vec::new(),
            members: Vec::new(),
            folder: folder.to_owned(),
        });
        self.all.len() - 1
    }

    fn read_file(&mut self, files: &Files, module: usize) {
        let file = self.all[module].file.clone();
        let source = Source::read(&files[&file]);
        for name in declared_files(&source.tests) {
            self.read_test_file(files, &self.all[module].folder.clone(), &name);
        }
        self.read_block(files, module, &source.code);
    }

    fn read_test_file(&mut self, files: &Files, folder: &str, name: &str) {
        let Some(file) = file_of(files, folder, name) else { return };
        if self.test_files.insert(file.clone()) {
            let source = Source::read(&files[&file]);
            for child in declared_files(&source.code).iter().chain(&declared_files(&source.tests)) {
                self.read_test_file(files, &format!("{folder}/{name}"), child);
            }
        }
    }

    /// Reads the tokens of a file, or those between the braces of a module.
    fn read_block(&mut self, files: &Files, module: usize, tokens: &[Token]) {
        let mut depth = 0_usize;
        let mut at = 0;
        while at < tokens.len() {
            let token = &tokens[at];
            let name = tokens.get(at + 1).and_then(Token::word);
            if token.is("mod") && name.is_some() {
                at = self.read_module(files, module, tokens, at);
                continue;
            }
            if token.is("macro_rules") && tokens.get(at + 1).is_some_and(|next| next.is("!")) {
                at = self.read_macro(module, tokens, at);
                continue;
            }
            if token.is("use") {
                at = self.read_import(module, tokens, at + 1);
                continue;
            }
            if token.is(".") {
                self.all[module].members.extend(member(&tokens[at + 1..]));
            }
            if let Some((end, _)) = attribute(tokens, at) {
                self.read_paths_in_texts(module, &tokens[at..end]);
            }
            if depth == 0 && is_item(token) {
                self.all[module].items.extend(name.filter(|name| *name != "fn").map(str::to_owned));
            }
            if opens(token) {
                depth += 1;
            } else if closes(token) {
                depth = depth.saturating_sub(1);
            }
            at = self.read_path(module, tokens, at);
        }
    }

    /// Reads `mod name;` or `mod name { … }`. Returns the index after it.
    fn read_module(&mut self, files: &Files, parent: usize, tokens: &[Token], at: usize) -> usize {
        let name = tokens[at + 1].text.as_str();
        let folder = self.all[parent].folder.clone();
        let is_file = !tokens.get(at + 2).is_some_and(|next| next.is("{"));
        let file = if is_file { file_of(files, &folder, name) } else { Some(self.all[parent].file.clone()) };
        let file =
            file.unwrap_or_else(|| panic!("{}:{}: no file for `mod {name};`", self.all[parent].file, tokens[at].line));
        let child = self.add(Some(parent), &file, &format!("{folder}/{name}"));
        self.all[parent].children.insert(name.to_owned(), child);
        if is_file {
            self.read_file(files, child);
            return at + 2;
        }
        let end = closing(tokens, at + 2);
        self.read_block(files, child, &tokens[at + 3..end]);
        end + 1
    }

    /// Reads the definition of a macro. Only paths that start at `crate` are read from its body, because other paths
    /// depend on where the macro is used.
    fn read_macro(&mut self, module: usize, tokens: &[Token], at: usize) -> usize {
        let name = tokens.get(at + 2).and_then(Token::word);
        self.all[module].items.extend(name.map(str::to_owned));
        let end = closing(tokens, at + 3);
        for start in at + 3..end {
            if tokens[start].is("crate") {
                self.read_path(module, tokens, start);
            }
        }
        end + 1
    }

    /// Reads the tree of paths after `use`. Returns the index after the tree.
    fn read_import(&mut self, module: usize, tokens: &[Token], start: usize) -> usize {
        let mut tree = Tree { tokens, at: start, leaves: Vec::new() };
        tree.read(&[]);
        let end = tree.at;
        for leaf in tree.leaves {
            let module = &mut self.all[module];
            match leaf.binding {
                Binding::Name(name) => module.imports.push((name, leaf.path.clone())),
                Binding::All => module.globs.push(leaf.path.clone()),
                Binding::Nothing => {}
            }
            module.mentions.push(Mention { path: leaf.path, line: leaf.line });
        }
        end
    }

    /// Reads a path that may start at `at`. Returns the index after the path, or after the token when no path starts
    /// there.
    fn read_path(&mut self, module: usize, tokens: &[Token], at: usize) -> usize {
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let is_keyword = KEYWORDS_BEFORE_PATHS.iter().any(|keyword| tokens[at].is(keyword));
        let starts_here = !is_keyword && !before.is_some_and(|before| before.is(".") || before.is("::"));
        // `::` after `<B as Default>` belongs to that type, and `::` after a name was read with the name.
        let from_crates = tokens[at].is("::") && !before.is_some_and(|before| before.is(">"));
        let mut path = Vec::new();
        let mut next = at;
        if from_crates {
            path.push("::".to_owned());
            next += 1;
        }
        if !(starts_here || from_crates) {
            return at + 1;
        }
        let line = tokens[at].line;
        while let Some(word) = tokens.get(next).and_then(Token::word) {
            path.push(word.to_owned());
            let goes_on = tokens.get(next + 1).is_some_and(|sign| sign.is("::"))
                && tokens.get(next + 2).is_some_and(|after| after.word().is_some());
            next += if goes_on { 2 } else { 1 };
            if !goes_on {
                break;
            }
        }
        // A single word counts only when it is a type or is called, because it can then come from a glob. Variables and
        // fields do not count.
        let is_call = tokens.get(next).is_some_and(|after| after.is("(") || after.is("!"));
        let is_type = path.first().is_some_and(|name| name.starts_with(char::is_uppercase));
        if path.len() > 1 || (path.len() == 1 && (is_type || is_call)) {
            self.all[module].mentions.push(Mention { path, line });
        }
        next.max(at + 1)
    }

    /// Reads the paths in strings of an attribute, such as `#[serde(with = "crate::a::b")]`. Strings elsewhere hold no
    /// paths.
    fn read_paths_in_texts(&mut self, module: usize, attribute: &[Token]) {
        for text in attribute.iter().filter(|token| token.kind == Kind::Text && token.text.contains("::")) {
            let path: Vec<String> = text.text.split("::").map(str::to_owned).collect();
            let is_path = path.iter().all(|part| {
                !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || character == '_')
            });
            if is_path {
                self.all[module].mentions.push(Mention { path, line: text.line });
            }
        }
    }
}

/// Keywords before an expression or a type: a path may follow, even one that starts with `::`.
const KEYWORDS_BEFORE_PATHS: [&str; 13] =
    ["as", "break", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "return", "where", "while"];

/// Returns whether the name that a keyword declares follows this token.
fn is_item(token: &Token) -> bool {
    const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
    KEYWORDS.iter().any(|keyword| token.is(keyword))
}

/// Returns the field, or the method without arguments, at the start of the tokens after a dot.
fn member(behind_dot: &[Token]) -> Option<(String, usize)> {
    let (first, rest) = behind_dot.split_first()?;
    let takes_arguments = rest.first()?.is("(") && !rest.get(1)?.is(")");
    (!takes_arguments).then_some((first.word()?.to_owned(), first.line))
}

/// Returns the names of all `mod name;` in these tokens.
fn declared_files(tokens: &[Token]) -> Vec<String> {
    let declarations = tokens.windows(3).filter(|three| three[0].is("mod") && three[2].is(";"));
    declarations.map(|three| three[1].text.clone()).collect()
}

fn file_of(files: &Files, folder: &str, name: &str) -> Option<String> {
    [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")].into_iter().find(|file| files.contains_key(file))
}

/// One path of a `use` tree, with the name that it binds.
struct Leaf {
    path: Vec<String>,
    binding: Binding,
    line: usize,
}

enum Binding {
    Name(String),
    All,
    /// `as _` binds no name.
    Nothing,
}

struct Tree<'a> {
    tokens: &'a [Token],
    at: usize,
    leaves: Vec<Leaf>,
}

impl Tree<'_> {
    fn is(&self, text: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is(text))
    }

    fn read(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        while let Some(token) = self.tokens.get(self.at) {
            let line = token.line;
            if token.is("::") {
                if path.is_empty() {
                    path.push("::".to_owned());
                }
                self.at += 1;
            } else if token.is("{") {
                return self.read_group(&path);
            } else if token.is("*") {
                self.at += 1;
                self.leaves.push(Leaf { path, binding: Binding::All, line });
                return;
            } else if let Some(word) = token.word().map(str::to_owned) {
                self.at += 1;
                // In a group, `self` means the module that the group belongs to.
                if word != "self" || path.is_empty() {
                    path.push(word);
                }
                if !self.is("::") {
                    let name = self.alias().or_else(|| path.last().cloned()).unwrap_or_default();
                    let binding = if name == "_" { Binding::Nothing } else { Binding::Name(name) };
                    self.leaves.push(Leaf { path, binding, line });
                    return;
                }
            } else {
                return;
            }
        }
    }

    fn read_group(&mut self, prefix: &[String]) {
        let end = closing(self.tokens, self.at);
        self.at += 1;
        while self.at < end {
            let start = self.at;
            self.read(prefix);
            // Skips the comma after a branch, and any sign that does not belong to a `use` tree.
            if self.is(",") || self.at == start {
                self.at += 1;
            }
        }
        self.at = end + 1;
    }

    fn alias(&mut self) -> Option<String> {
        if !self.is("as") {
            return None;
        }
        let name = self.tokens.get(self.at + 1)?.text.clone();
        self.at += 2;
        Some(name)
    }
}
