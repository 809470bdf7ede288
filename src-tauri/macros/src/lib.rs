//! The attribute `#[command]` for the window's commands.
//!
//! Tauri runs an async command in a task of its own. When that task panics, the page gets no answer and waits for ever. Tauri has no
//! hook for that, so the attribute wraps each command where it is declared.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Makes an async function a command of the window, as `#[tauri::command]` does. A command that panics answers with an error.
///
/// The function must return `Result<_, IpcError>`, and its crate must have `crate::ipc::answered`.
#[proc_macro_attribute]
pub fn command(attributes: TokenStream, function: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = function.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop().filter(is_body) else {
        return parsed("::core::compile_error!(\"#[command] requires a function with a body\");");
    };
    let mut work = parsed("async move");
    work.extend([TokenTree::Group(body)]);
    let mut answered = parsed("crate::ipc::answered");
    answered.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, work))]);
    answered.extend(parsed(".await"));
    let mut command = parsed(&format!("#[::tauri::command({attributes})]"));
    command.extend(tokens);
    command.extend([TokenTree::Group(Group::new(Delimiter::Brace, answered))]);
    command
}

fn is_body(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn parsed(source: &str) -> TokenStream {
    source.parse().unwrap_or_default()
}
