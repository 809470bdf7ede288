//! Email Sending: letters that Cloudflare hands to the recipient's mail server.
//!
//! There is no idempotency key, so a letter that may have been sent is never sent again. The reasons of a refusal are told
//! apart by their words, because the same numbers mean other things elsewhere, and two of them are documented the other way
//! round in two places.

use serde_json::{Map, Value, json};

use crate::cloudflare::error::{CredentialProblem, Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::letter::Letter;
use crate::domain::text::without_mail_addresses;

/// The most recipients of one list that are read. A letter has one.
const RECIPIENTS_MAX: usize = 50;

/// What became of a letter, by recipient.
struct Sent {
    id: Option<String>,
    delivered: Vec<String>,
    queued: Vec<String>,
    bounced: Vec<String>,
    suppressed: Vec<String>,
}

impl Entry for Sent {
    const WHAT: &'static str = "letter";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.text("message_id"),
            delivered: fields.texts_in("delivered", RECIPIENTS_MAX),
            queued: fields.texts_in("queued", RECIPIENTS_MAX),
            bounced: fields.texts_in("permanent_bounces", RECIPIENTS_MAX),
            suppressed: fields.texts_in("suppressed_recipients", RECIPIENTS_MAX),
        })
    }
}

impl Client {
    /// Sends a letter. Says what the attempt came to; the words are bounded and hold neither a token nor an address.
    pub async fn send_email(&self, letter: &Letter) -> Attempt {
        let path = self.account_path("/email/sending/send");
        match self.call(Call::post(Surface::Email, &path, &body(letter))).await {
            Ok(sent) => accepted(&sent, letter),
            Err(error) => failed(&error),
        }
    }
}

fn body(letter: &Letter) -> Value {
    let mut from = json!({ "address": letter.from.address.as_str() });
    let name = letter.from.shown_name();
    if !name.is_empty() {
        from["name"] = name.into();
    }
    let headers: Map<String, Value> =
        letter.extra_headers().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "from": from,
        "to": letter.to.as_str(),
        "subject": letter.shown_subject(),
        "text": letter.text,
        "html": letter.html,
        "headers": headers,
    })
}

fn accepted(sent: &Sent, letter: &Letter) -> Attempt {
    let is_in = |list: &[String]| list.iter().any(|address| address.trim().eq_ignore_ascii_case(letter.to.as_str()));
    if is_in(&sent.bounced) {
        return refused("The recipient’s mail server refused the address for good. Check the address.");
    }
    if is_in(&sent.suppressed) {
        return refused(SUPPRESSED);
    }
    if is_in(&sent.delivered) || is_in(&sent.queued) || sent.id.is_some() {
        return Attempt::Accepted { said: "Cloudflare took it.".into() };
    }
    Attempt::Unknown { said: "Cloudflare answered without saying what became of the letter.".into() }
}

const SUPPRESSED: &str = "The person unsubscribed or bounced before, so Cloudflare sends them nothing. It goes on when the \
                          address is taken off Cloudflare’s list of suppressed addresses.";

fn refused(said: impl Into<String>) -> Attempt {
    Attempt::Refused { said: said.into() }
}

fn later(said: impl Into<String>) -> Attempt {
    Attempt::Later { said: said.into(), after: None }
}

/// The message of an error with its next step.
fn told(error: &Error) -> String {
    without_mail_addresses(&format!("{} {}", error.user_message(), error.next_step()))
}

/// What an error comes to.
fn failed(error: &Error) -> Attempt {
    match error {
        Error::Refused { status, code, message } => of_refusal(*status, *code, message),
        Error::RateLimited(_) => Attempt::Later { said: error.user_message(), after: error.retry_after() },
        // Nothing was sent. The same letter may go once the token can be read, is known everywhere, or may be used.
        Error::NoToken(_)
        | Error::ReadsOnly
        | Error::Unreachable { .. }
        | Error::Credentials(
            CredentialProblem::Propagating | CredentialProblem::Location(_) | CredentialProblem::NotYetValid,
        ) => later(told(error)),
        Error::Credentials(
            CredentialProblem::Unknown
            | CredentialProblem::AccountNotInScope
            | CredentialProblem::PermissionMissing(_)
            | CredentialProblem::Expired,
        )
        | Error::Forbidden { .. }
        | Error::Conflict { .. }
        | Error::StorageFull { .. }
        | Error::DailyLimit { .. } => refused(told(error)),
        Error::Missing { .. } => refused(NOT_FOUND),
        // The letter may have been sent.
        Error::Lost { .. }
        | Error::Server { .. }
        | Error::Untrusted(_)
        | Error::OfAnother { .. }
        | Error::Unreadable { .. }
        | Error::TooSlow { .. }
        | Error::FileRefused { .. } => Attempt::Unknown { said: error.user_message() },
    }
}

const NOT_FOUND: &str = "Cloudflare has no Email Sending for this account. Check the account id, and whether Email Sending is \
                         on in the Cloudflare dashboard.";

/// What a refusal comes to. Its word decides; where there is none that Hajime knows, its number does.
fn of_refusal(status: u16, code: Option<i64>, message: &str) -> Attempt {
    match Reason::of(status, code, message) {
        Some(Reason::Trouble) => later(format!("Cloudflare has trouble right now ({status}) and sent nothing.")),
        Some(Reason::Suppressed) => refused(SUPPRESSED),
        Some(Reason::SenderNotSetUp) => refused(
            "Cloudflare does not send for the sender’s domain. Set the domain up in the Cloudflare dashboard under Email \
             Sending; if that was done just now, wait 15 minutes and try again.",
        ),
        Some(Reason::NotInPlan) => refused(
            "The account’s plan has no Email Sending. Choose a plan that has it, such as Workers Paid, in the Cloudflare \
             dashboard.",
        ),
        Some(Reason::NoPermission) => {
            refused(told(&Error::Credentials(CredentialProblem::PermissionMissing(Surface::Email))))
        }
        Some(Reason::TokenRefused) => refused(
            "Cloudflare does not accept the API token for e-mail. It needs an API token with the permission “Email \
             Sending: Edit”: make one in the Cloudflare dashboard.",
        ),
        Some(Reason::NotFound) => refused(NOT_FOUND),
        Some(Reason::TooLarge) => refused("Cloudflare did not take the letter, because it is too large."),
        Some(Reason::Invalid) => {
            refused(format!("Cloudflare does not understand the letter. Tell the makers of Hajime{}.", word(message)))
        }
        None => refused(format!("Cloudflare refused the letter ({status}){}.", word(message))),
    }
}

/// Cloudflare's own word at the end of a sentence.
fn word(message: &str) -> String {
    let message = without_mail_addresses(message.trim_end_matches('.'));
    if message.is_empty() { message } else { format!(": {message}") }
}

/// The reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Invalid,
    TooLarge,
    Suppressed,
    SenderNotSetUp,
    NotInPlan,
    NoPermission,
    TokenRefused,
    NotFound,
    Trouble,
}

/// The words of Email Sending after `email.sending.error.`, with their status and number (Cloudflare docs, “Email Sending,
/// Error codes”, and the OpenAPI text of “Send an email”). A number that two words have is left out: they are documented the
/// other way round in two places.
const REASONS: &[(&str, u16, Option<i64>, Reason)] = &[
    ("invalid_request_schema", 400, Some(10_001), Reason::Invalid),
    ("email.too_big", 400, None, Reason::TooLarge),
    ("email.no_content_length", 400, Some(10_201), Reason::Invalid),
    ("email.invalid", 400, None, Reason::Invalid),
    ("email.suppressed", 400, Some(10_250), Reason::Suppressed),
    ("authentication.unauthorized", 401, Some(10_101), Reason::TokenRefused),
    ("authentication.bad_token_type", 401, Some(10_103), Reason::TokenRefused),
    ("authentication.forbidden", 403, Some(10_102), Reason::NoPermission),
    ("authentication.not_entitled", 403, Some(10_105), Reason::NotInPlan),
    ("not_entitled", 403, Some(10_105), Reason::NotInPlan),
    ("email.sending_disabled", 403, Some(10_203), Reason::SenderNotSetUp),
    ("email.sender_not_configured", 403, Some(10_204), Reason::SenderNotSetUp),
    ("not_found", 404, Some(10_000), Reason::NotFound),
    ("internal_server", 500, Some(10_002), Reason::Trouble),
    ("not_implemented", 500, Some(10_003), Reason::Trouble),
];

impl Reason {
    fn of(status: u16, code: Option<i64>, message: &str) -> Option<Self> {
        let said = message.split_once("email.sending.error.").map(|(_, rest)| {
            rest.split(|letter: char| !letter.is_ascii_alphanumeric() && !"._".contains(letter)).next().unwrap_or(rest)
        });
        let by_word = REASONS.iter().find(|(word, ..)| said.is_some_and(|said| said.trim_end_matches('.') == *word));
        let by_number =
            || REASONS.iter().find(|(_, known, number, _)| *known == status && number.is_some() && *number == code);
        by_word.or_else(by_number).map(|(.., reason)| *reason)
    }
}

#[cfg(test)]
mod tests;
