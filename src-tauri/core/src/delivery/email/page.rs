//! The content of a letter, written once and shown as plain text and as HTML. The HTML loads nothing and has no script:
//! nobody learns whether or where a letter is read.

use crate::domain::text::html_escaped;

/// One part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The title of what follows.
    Heading(String),
    /// A paragraph.
    Words(String),
    /// Short facts, each with its name.
    Facts(Vec<(&'static str, String)>),
    /// An address, alone on its line in plain text, with the words that stand for it in HTML.
    Link {
        /// The address.
        address: String,
        /// The words.
        words: String,
    },
    /// The reason why the letter was written, in small print.
    Reason(String),
}

/// The content as plain text.
pub(crate) fn text(parts: &[Part]) -> String {
    let blocks: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Heading(words) | Part::Words(words) => words.clone(),
            Part::Facts(facts) => {
                facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
            }
            Part::Link { address, .. } => address.clone(),
            // The line that mail programs take for the beginning of a signature (RFC 3676 §4.3).
            Part::Reason(words) => format!("-- \n{words}"),
        })
        .collect();
    format!("{}\n", blocks.join("\n\n"))
}

/// The content as HTML. Every word in it is escaped.
pub(crate) fn html(parts: &[Part]) -> String {
    let mut body = String::new();
    for part in parts {
        let block = match part {
            Part::Heading(words) => format!("<h2 dir=\"auto\" style=\"font-size:1.15em\">{}</h2>", html_escaped(words)),
            Part::Words(words) => format!("<p dir=\"auto\">{}</p>", html_escaped(words)),
            Part::Facts(facts) => {
                let rows = facts.iter().map(|(name, value)| {
                    let value = html_escaped(value);
                    format!(
                        "<tr><td style=\"padding-right:1em;vertical-align:top\">{name}</td><td dir=\"auto\">{value}</td></tr>\n"
                    )
                });
                format!("<table>\n{}</table>", rows.collect::<String>())
            }
            Part::Link { address, words } => {
                format!("<p><a href=\"{}\" rel=\"noreferrer\">{}</a></p>", html_escaped(address), html_escaped(words))
            }
            Part::Reason(words) => format!("<hr>\n<p style=\"font-size:0.85em\">{}</p>", html_escaped(words)),
        };
        body.push_str(&block);
        body.push('\n');
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.5\">\n{body}</body>\n</html>\n"
    )
}
