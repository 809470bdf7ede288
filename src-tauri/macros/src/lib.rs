//! The attribute of the window's commands.
//!
//! Tauri runs an async command in a task of its own. When that task panics, nobody answers the page, and whoever pressed the button waits for
//! ever. No hook of Tauri's sees that, so each command is wrapped where it is declared.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Makes an async function a command of the window, as `#[tauri::command]` does, that answers with an error when it panics.
///
/// The function returns `Result<_, IpcError>`; the crate it stands in has `crate::ipc::answered`.
#[proc_macro_attribute]
pub fn command(attributes: TokenStream, function: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = function.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop().filter(is_body) else {
        return parsed("::core::compile_error!(\"a command is a function with a body\");");
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
