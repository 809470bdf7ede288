//! Two macros that turn functions of the shell into commands that the page can call.
//!
//! `#[command]` wraps the function so that the page gets an answer even if the function panics. It also generates a
//! description of the command for `bindings.ts`: names and types of the arguments, the type of the result, the topics
//! that the command changes. `commands!` lists the commands of one file; both the handler and the descriptions are
//! generated from this list.
//!
//! Tauri runs an async command in a task of its own. If that task panics, the page gets no answer and waits for ever.
//! Tauri has no hook for panics, so the attribute wraps each command where it is declared.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// The types of arguments that Tauri supplies, so that the page does not send them.
const FILLED_IN: [&str; 2] = ["AppHandle", "State"];

/// Makes an async function a command that the page can call, as `#[tauri::command]` does. If the function panics, the
/// command answers with an error.
///
/// The function must return `Result<_, UserError>`. `#[command(changes(Sessions, Links))]` names the topics that the
/// command changes. The generated code uses `crate::ipc::answered`, and `crate::ipc::contract` in tests.
#[proc_macro_attribute]
pub fn command(attributes: TokenStream, function: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = function.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop().filter(is_body) else {
        return parsed("::core::compile_error!(\"#[command] requires a function with a body\");");
    };
    let Some(contract) = contract(&attributes, &tokens) else {
        return parsed(
            "::core::compile_error!(\"a command is `fn name(…) -> Result<…>`, with `changes(…)` at most\");",
        );
    };
    let mut work = parsed("async move");
    work.extend([TokenTree::Group(body)]);
    let mut answered = parsed("crate::ipc::answered");
    answered.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, work))]);
    answered.extend(parsed(".await"));
    let mut command = parsed("#[::tauri::command]");
    command.extend(tokens);
    command.extend([TokenTree::Group(Group::new(Delimiter::Brace, answered))]);
    command.extend(contract);
    command
}

/// Lists the commands of a file: `commands![session_create, session_edit];` generates `commands()`, which handles their
/// calls, and, in tests, `contracts()`, which describes them.
#[proc_macro]
pub fn commands(list: TokenStream) -> TokenStream {
    let names: Vec<String> = list
        .into_iter()
        .filter_map(|token| if let TokenTree::Ident(name) = token { Some(name.to_string()) } else { None })
        .collect();
    let quoted = listed(&names, |name| format!("{name:?},"));
    let contracts = listed(&names, |name| format!("contract_of_{name}(types),"));
    let handled = names.join(", ");
    parsed(&format!(
        "/// Returns the names and the handler of the commands in this file.
         pub(crate) fn commands() -> crate::ipc::Commands {{
             crate::ipc::Commands {{ names: &[{quoted}], handle: Box::new(::tauri::generate_handler![{handled}]) }}
         }}

         /// Returns the description of each command in this file.
         #[cfg(test)]
         pub(crate) fn contracts(types: &mut crate::ipc::contract::Types) -> Vec<crate::ipc::contract::Command> {{
             vec![{contracts}]
         }}"
    ))
}

/// Generates the function that describes a command, for tests; `None` if the signature cannot be parsed.
fn contract(attributes: &TokenStream, signature: &[TokenTree]) -> Option<TokenStream> {
    let at = signature.iter().position(|token| token.to_string() == "fn")?;
    let name = signature.get(at.checked_add(1)?)?.to_string();
    let Some(TokenTree::Group(arguments)) = signature.get(at.checked_add(2)?) else { return None };
    // The tokens after the arguments are `-`, `>` and the type of the result.
    let result: TokenStream = signature.get(at.checked_add(5)?..)?.iter().cloned().collect();
    let arguments: String = split(arguments.stream())
        .iter()
        .filter_map(|argument| {
            let (name, kind) = (argument.first()?.to_string(), argument.get(2)?.to_string());
            let kind_in_full: TokenStream = argument.get(2..)?.iter().cloned().collect();
            (!FILLED_IN.contains(&kind.as_str())).then(|| format!("({name:?}, types.name_of::<{kind_in_full}>()),"))
        })
        .collect();
    let docs = listed(&documentation(&signature[..at]), |line| format!("{line},"));
    let changes = listed(&topics(attributes)?, |topic| format!("::hajime_core::ports::Topic::{topic},"));
    Some(parsed(&format!(
        "#[cfg(test)]
         fn contract_of_{name}(types: &mut crate::ipc::contract::Types) -> crate::ipc::contract::Command {{
             crate::ipc::contract::Command {{
                 name: {name:?},
                 docs: &[{docs}],
                 arguments: vec![{arguments}],
                 result: types.name_of_answer::<{result}>(),
                 changes: &[{changes}],
             }}
         }}"
    )))
}

/// Returns the lines of the doc comment, each as a string literal.
fn documentation(before: &[TokenTree]) -> Vec<String> {
    let line = |token: &TokenTree| {
        let TokenTree::Group(attribute) = token else { return None };
        let parts: Vec<TokenTree> = attribute.stream().into_iter().collect();
        (parts.first()?.to_string() == "doc").then(|| parts.last().map(ToString::to_string)).flatten()
    };
    before.iter().filter_map(line).collect()
}

/// Returns the topics in `changes(…)`; empty without an attribute, and `None` for any other attribute.
fn topics(attributes: &TokenStream) -> Option<Vec<String>> {
    let tokens: Vec<TokenTree> = attributes.clone().into_iter().collect();
    match tokens.as_slice() {
        [] => Some(Vec::new()),
        [TokenTree::Ident(word), TokenTree::Group(list)] if word.to_string() == "changes" => {
            Some(split(list.stream()).iter().filter_map(|topic| topic.first().map(ToString::to_string)).collect())
        }
        _ => None,
    }
}

/// Splits tokens at commas, except at commas within `<…>`.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut parts, mut depth) = (vec![Vec::new()], 0_usize);
    for token in tokens {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == '<' => depth = depth.saturating_add(1),
            TokenTree::Punct(mark) if mark.as_char() == '>' => depth = depth.saturating_sub(1),
            TokenTree::Punct(mark) if mark.as_char() == ',' && depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(token);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Applies `word` to every name and joins the results.
fn listed(names: &[String], word: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| word(name)).collect::<Vec<_>>().concat()
}

fn is_body(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn parsed(source: &str) -> TokenStream {
    source.parse().unwrap_or_default()
}
