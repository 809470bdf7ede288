//! The ways in which a link is written: for a message, a page, a wall.

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::actions::sharing::links::MadeLink;
use crate::actions::sharing::watch_links::MadeWatchLink;
use crate::context::Context;
use crate::domain::delivery::mail_draft::MailDraft;
use crate::domain::ids::LinkId;
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::domain::qr;
use crate::domain::schedule::invitation_text::FilledText;
use crate::domain::text::{html_escaped, one_line};
use crate::error::Error;
use crate::secret_url::SecretUrl;

/// The size of the player in another page, in CSS pixels, before the page gives it the width that it has.
const EMBEDDED_WIDTH: u32 = 1280;
const EMBEDDED_HEIGHT: u32 = 720;

/// The longest title in a draft, in characters: mail programs cut long drafts.
const DRAFT_TITLE_MAX: usize = 60;

/// A link in every way in which it can be written. Each holds the token.
#[derive(Debug, Clone)]
pub struct Written {
    /// The title as a link: formatted, and the title and the address for programs without formats.
    pub rich: FilledText,
    /// Markdown.
    pub markdown: String,
    /// HTML that shows the player in another page; for a watch link, a link to its page.
    pub embed: String,
    /// The QR code of the address, as SVG.
    pub qr: Result<String, Invalid>,
    /// A letter with the address.
    pub letter: Letter,
}

/// What a person writes in a letter about a link.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The subject, in one line.
    pub subject: String,
    /// The text, with the address in it.
    pub text: String,
}

/// Writes a link in every way.
#[must_use]
pub fn written(made: &MadeLink) -> Written {
    let title = title_of(&made.link.recording_title);
    let embed = format!(
        "<iframe src=\"{}\" title=\"{}\" style=\"border:0;width:100%;max-width:{EMBEDDED_WIDTH}px;\
         aspect-ratio:{EMBEDDED_WIDTH}/{EMBEDDED_HEIGHT}\" \
         allow=\"accelerometer; gyroscope; autoplay; encrypted-media; picture-in-picture\" allowfullscreen></iframe>",
        html_escaped(made.player_url.expose()),
        html_escaped(&title)
    );
    in_every_way(&title, &made.url, &made.ends, Some(embed))
}

/// Writes a watch link in every way. Its page is shown in no other page, so there it is a link.
#[must_use]
pub fn written_watch(made: &MadeWatchLink) -> Written {
    in_every_way(&title_of(&made.title), &made.url, &made.ends, None)
}

fn in_every_way(title: &str, url: &SecretUrl, ends: &str, embed: Option<String>) -> Written {
    let url = url.expose();
    let anchor = format!("<a href=\"{}\">{}</a>", html_escaped(url), html_escaped(title));
    Written {
        rich: FilledText {
            plain: format!("{title}\n{url}\n{ends}"),
            html: format!("{anchor}<br>{}", html_escaped(ends)),
        },
        markdown: format!("[{}](<{url}>)", markdown_escaped(title)),
        embed: embed.unwrap_or(anchor),
        qr: qr::svg(url),
        letter: letter(title, url, ends),
    }
}

/// Makes a draft for a mail program about a link. The address is not in it, because other users of the computer can read
/// what a program is started with: the person pastes it.
pub fn draft(context: &Context, id: LinkId) -> Result<MailDraft, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let direct = context.store().link(id)?.map(|link| link.recording);
    let watch = context.store().watch_link(id)?.map(|link| link.recording);
    let recording = direct.or(watch).ok_or_else(|| Error::NotFound { what: "link", id: id.to_string() })?;
    guard::allow_recording(context, Permission::MakeLinks, recording)?;
    let title = title_of(&recordings::get(context, recording)?.title);
    let short: String = title.chars().take(DRAFT_TITLE_MAX).collect();
    let Letter { subject, text } = letter(&short, "[Paste the link here. Hajime has copied it.]", "");
    MailDraft::new(&[], &[], &subject, text.trim_end()).ok_or_else(|| Error::Conflict {
        message: "The title does not fit into a draft, because mail programs cut long ones.".to_owned(),
        next: "Copy the letter, and paste it into your mail program.",
    })
}

fn letter(title: &str, address: &str, ends: &str) -> Letter {
    Letter {
        subject: format!("Recording: {title}"),
        text: format!("You can watch the recording of “{title}” here:\n\n{address}\n\n{ends}"),
    }
}

fn title_of(title: &str) -> String {
    let title = one_line(title);
    if title.is_empty() { "Recording".to_owned() } else { title }
}

/// Escapes what Markdown reads in the words of a link (`CommonMark` 0.31, “Backslash escapes”).
fn markdown_escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_in_the_words_of_a_link_do_not_end_it() {
        assert_eq!(markdown_escaped("Kata](https://evil.example) `x`"), r"Kata\]\(https\:\/\/evil\.example\) \`x\`");
        assert_eq!(markdown_escaped("空手 2"), "空手 2");
    }
}
