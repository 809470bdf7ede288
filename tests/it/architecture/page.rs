//! Reads the imports of the page: of `.ts` files, and of the scripts in `.svelte` files.
//!
//! An import counts when it starts a line, as the formatter writes it, and names its module in quotes. Imports of
//! packages lead to no file.

use super::modules::Files;
use super::paths::Arrow;

/// Returns all arrows between files of the page, except those from its tests.
pub fn arrows(files: &Files) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| !is_test(file)) {
        for import in imports(file, text) {
            if let Some(to) = target(files, file, &import.module) {
                arrows.push(Arrow {
                    from: file.clone(),
                    to,
                    line: import.line,
                    path: import.module,
                    types_only: import.types_only,
                });
            }
        }
    }
    arrows
}

/// Returns whether a file belongs to tests: `x.test.ts`, `testing.ts`, or a file in a folder `test` or `testing`.
pub fn is_test(file: &str) -> bool {
    file.contains(".test.") || file.split('/').any(|part| matches!(part, "test" | "testing" | "testing.ts"))
}

struct Import {
    module: String,
    line: usize,
    types_only: bool,
}

fn imports(file: &str, text: &str) -> Vec<Import> {
    let is_svelte = file.ends_with(".svelte");
    let mut in_script = !is_svelte;
    let mut in_comment = false;
    let mut imports = Vec::new();
    let mut statement: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let code = line.trim();
        if is_svelte && (code.starts_with("<script") || code.starts_with("</script")) {
            in_script = code.starts_with("<script");
            continue;
        }
        in_comment = in_comment || code.starts_with("/*");
        if in_comment {
            in_comment = !code.ends_with("*/");
            continue;
        }
        if !in_script || code.starts_with("//") {
            continue;
        }
        if starts_import(code) {
            statement = Some((index + 1, String::new()));
        } else if statement.is_none() {
            imports.extend(dynamic_import(code, index + 1));
        }
        if let Some((first, mut so_far)) = statement.take() {
            so_far.push_str(code);
            so_far.push(' ');
            // An import ends with the name of its module. An export without a module ends with its semicolon.
            match quoted(&so_far) {
                Some(module) => imports.push(Import { module, line: first, types_only: imports_types_only(&so_far) }),
                None if code.ends_with(';') => {}
                None => statement = Some((first, so_far)),
            }
        }
    }
    imports
}

fn starts_import(code: &str) -> bool {
    const STARTS: [&str; 5] = ["import ", "import{", "export {", "export *", "export type {"];
    STARTS.iter().any(|start| code.starts_with(start))
}

/// Reads `import("./x")`, which loads a module only when it is needed.
fn dynamic_import(code: &str, line: usize) -> Option<Import> {
    let (_, behind) = code.split_once("import(")?;
    Some(Import { module: quoted(behind)?, line, types_only: false })
}

/// Returns the first text between quotes.
fn quoted(text: &str) -> Option<String> {
    let start = text.find(['"', '\''])?;
    let quote = &text[start..=start];
    text[start + 1..].split_once(quote).map(|(inside, _)| inside.to_owned())
}

fn imports_types_only(statement: &str) -> bool {
    let types = |list: &str| {
        let mut names = list.split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
        names.peek().is_some() && names.all(|name| name.starts_with("type "))
    };
    let list = statement.split_once('{').and_then(|(before, rest)| {
        let (list, _) = rest.split_once('}')?;
        matches!(before.trim(), "import" | "export").then_some(list)
    });
    statement.starts_with("import type ") || statement.starts_with("export type ") || list.is_some_and(types)
}

/// Returns the file that a relative import leads to; `None` for a package.
fn target(files: &Files, from: &str, module: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if !module.starts_with('.') {
        return None;
    }
    for part in module.split('?').next()?.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    let candidates = ["", ".ts", ".svelte.ts", ".svelte", ".d.ts", "/index.ts"].map(|end| format!("{path}{end}"));
    candidates.into_iter().find(|candidate| files.contains_key(candidate))
}
