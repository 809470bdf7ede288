//! Slack: events as messages through an incoming webhook. Whoever has its address may post, so the address is a secret.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::delivery::http::{NoReply, Post, Reply, Sender};
use crate::delivery::unusable::Unusable;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::outgoing_event::{AlertFacts, CompleteFacts, EventFacts, FailedFacts};
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::invalid::Invalid;
use crate::domain::text::one_line;
use crate::ports::{SecretName, SecretStore};

/// The hosts of incoming webhooks: Slack's, and the one of its edition for public authorities.
const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];
/// The longest address.
const ADDRESS_MAX: usize = 500;
/// The longest title in a message, in characters. Slack takes 150 in a headline.
const TITLE_MAX: usize = 120;
/// The longest sentence in a message, in characters.
const SENTENCE_MAX: usize = 400;
/// How many things a message about an alert names.
const NAMED_MAX: usize = 5;

/// A channel in Slack.
pub(crate) struct SlackChannel {
    address: SecretString,
}

impl SlackChannel {
    /// The channel from the keyring. This may wait for the keyring.
    pub(crate) fn open(
        secrets: Option<&Arc<dyn SecretStore>>,
        account: &str,
        api_is_here: bool,
    ) -> Result<Self, Unusable> {
        let secrets = secrets.ok_or(DeliveryRefusal::NoSlackAddress)?;
        let kept = secrets.get(&SecretName::SlackAddress(account.to_owned()))?;
        let address = kept.ok_or(DeliveryRefusal::NoSlackAddress)?;
        checked(&address, api_is_here).map_err(|_| DeliveryRefusal::NoSlackAddress)?;
        Ok(Self { address })
    }

    /// Sends an event.
    pub(crate) async fn send(&self, sender: &Sender, facts: &EventFacts, now: DateTime<Utc>) -> Attempt {
        self.post(sender, &message(facts), now).await
    }

    /// Sends a test.
    pub(crate) async fn test(&self, sender: &Sender, now: DateTime<Utc>) -> Attempt {
        let text = "Hajime can post here. It tells when a recording is ready and when one failed.";
        self.post(sender, &json!({ "text": text }), now).await
    }

    async fn post(&self, sender: &Sender, message: &Value, now: DateTime<Utc>) -> Attempt {
        let text = self.address.expose_secret();
        let Ok(address) = text.parse::<Url>() else {
            return Attempt::Refused { said: "The address in the keyring is none.".into() };
        };
        let path = address.path().to_owned();
        let post = Post {
            address,
            headers: Vec::new(),
            body: message.to_string().into_bytes(),
            secrets: &[text, path.as_str(), path.trim_start_matches('/')],
        };
        sender.post(post, now).await.map_or_else(NoReply::into_attempt, answer)
    }
}

/// An address that somebody pasted, if it is one of Slack's. On this computer it may be only where the API is.
pub(crate) fn checked(address: &SecretString, api_is_here: bool) -> Result<(), Invalid> {
    let text = address.expose_secret().trim();
    let refused = |message: &str| {
        let next = "Copy the webhook URL from Slack: it begins with https://hooks.slack.com/services/.";
        Err(Invalid::one("slack_address", message, next))
    };
    let Some(url) = (text.len() <= ADDRESS_MAX).then(|| text.parse::<Url>().ok()).flatten() else {
        return refused("This is not an address.");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("The address has a name or password before its @.");
    }
    let of_slack = matches!(url.host(), Some(Host::Domain(host)) if HOSTS.contains(&host));
    if of_slack && url.scheme() == "https" && url.port().is_none() {
        return Ok(());
    }
    if api_is_here && crate::http_client::on_this_computer(&url) {
        return Ok(());
    }
    refused("This is not the address of an incoming webhook of Slack.")
}

/// Slack answers `ok`, or a word that names what is wrong.
fn answer(reply: Reply) -> Attempt {
    let word = reply.body.trim().to_owned();
    if reply.status == 200 {
        if word == "ok" {
            return Attempt::Accepted { said: "Slack took it.".into() };
        }
        // A sign-in page of a network, for example, which is not Slack.
        return Attempt::Later { said: format!("Something else than Slack answered. {}", reply.words()), after: None };
    }
    let Some(meaning) = meaning(&word) else { return reply.into_attempt() };
    let said = format!("Slack answered “{word}”: {meaning}");
    match reply.into_attempt() {
        Attempt::Accepted { .. } => Attempt::Accepted { said },
        Attempt::Refused { .. } => Attempt::Refused { said },
        Attempt::Gone { .. } => Attempt::Gone { said },
        Attempt::Later { after, .. } => Attempt::Later { said, after },
        Attempt::Unknown { .. } => Attempt::Unknown { said },
    }
}

/// What the words of Slack mean (Slack docs, “Handling errors” of incoming webhooks).
fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        "invalid_payload" | "no_text" | "missing_text_or_fallback_or_attachments" => {
            "it does not understand the message. Tell the makers of Hajime."
        }
        "no_service" | "no_service_id" | "invalid_token" => {
            "the address was revoked. Make a new one in Slack and paste it under Settings."
        }
        "no_team" | "team_disabled" => "the workspace is gone. Make an address in another one.",
        "channel_is_archived" => "the channel is archived. Unarchive it, or make an address for another channel.",
        "channel_not_found" => "the channel is gone. Make an address for another channel.",
        "action_prohibited" | "posting_to_general_channel_denied" | "user_not_found" => {
            "the workspace does not allow it. Ask who administers it."
        }
        _ => return None,
    })
}

/// A message with the title, the state and where to find it. No address of Hajime's opens from another computer, so
/// there is no link.
fn message(facts: &EventFacts) -> Value {
    let (headline, sentence) = match facts {
        EventFacts::Complete(CompleteFacts { title, duration, .. }) => {
            let minutes = duration.saturating_add(59) / 60;
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            (format!("Ready: {}", short(title, TITLE_MAX)), format!("{minutes} {unit}. It can be watched and shared."))
        }
        EventFacts::Failed(FailedFacts { title, error, .. }) => {
            (format!("Failed: {}", short(title, TITLE_MAX)), short(error, SENTENCE_MAX))
        }
        EventFacts::Alert(facts) => {
            let beginning = match (facts.until, facts.again) {
                (Some(_), _) => "Over",
                (None, true) => "Still open",
                (None, false) => "Alert",
            };
            (format!("{beginning}: {}", short(&facts.title, TITLE_MAX)), short(&of_alert(facts), SENTENCE_MAX))
        }
    };
    let place = match facts {
        EventFacts::Alert(_) => "In Hajime: Health, Alerts.".to_owned(),
        EventFacts::Complete(_) | EventFacts::Failed(_) => {
            format!("In Hajime: Recordings, “{}”.", short(facts.title(), TITLE_MAX))
        }
    };
    json!({
        // What notifications and old programs show. Slack looks for mentions and links in it.
        "text": escaped(&format!("{headline}. {sentence}")),
        "blocks": [
            // Nothing in plain text is a mention, a link or a format.
            { "type": "header", "text": { "type": "plain_text", "text": headline, "emoji": false } },
            { "type": "section", "text": { "type": "plain_text", "text": sentence, "emoji": false } },
            { "type": "context", "elements": [{ "type": "plain_text", "text": place, "emoji": false }] },
        ],
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// What an alert is about, and what to do while it is open.
fn of_alert(facts: &AlertFacts) -> String {
    let affected = facts.affected_words(NAMED_MAX);
    let next = if facts.until.is_some() { "" } else { &facts.next };
    let about = if affected.is_empty() { String::new() } else { format!("{affected}.") };
    let all = [facts.detail.as_str(), &about, next];
    all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// On one line, without what nobody sees, and cut.
fn short(text: &str, longest: usize) -> String {
    let text = one_line(text);
    if text.chars().count() <= longest {
        return text;
    }
    let cut: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Slack's three special characters (Slack docs, “Escaping text”). Without `<` nothing is a mention like `<!channel>`
/// or a link.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(title: &str) -> EventFacts {
        EventFacts::Failed(FailedFacts {
            title: title.into(),
            recording_id: "r".into(),
            room_id: None,
            error: "Stream’s storage is full.".into(),
            at: DateTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_hostile_title_mentions_nobody_and_links_nowhere() {
        let hostile = "<!channel> & <@U1|you> <https://evil.example|Karate>\n\u{202e}*x*";
        let message = message(&failed(hostile));
        let text = message["text"].as_str().unwrap();
        assert!(!text.contains('<') && !text.contains('\n') && !text.contains('\u{202e}'), "{text}");
        assert!(text.starts_with("Failed: &lt;!channel&gt; &amp; &lt;@U1|you&gt;"), "{text}");
        for block in message["blocks"].as_array().unwrap() {
            let kind = block.pointer("/text/type").or(block.pointer("/elements/0/type"));
            assert_eq!(kind.unwrap(), "plain_text");
        }
    }

    #[test]
    fn a_title_of_ten_thousand_characters_fits_into_a_message() {
        let message = message(&failed(&"長".repeat(10_000)));
        assert!(message["blocks"][0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
        assert!(message.to_string().len() < 3_000);
    }

    #[test]
    fn only_addresses_of_slack_are_taken_and_none_is_repeated() {
        let said = |text: &str, api_is_here| checked(&text.to_owned().into(), api_is_here).map_err(|e| e.to_string());
        let good = "https://hooks.slack.com/services/T012AB/B345CD/e6f7g8";
        assert_eq!(said(good, false), Ok(()));
        assert_eq!(said(&format!(" {good}\n"), false), Ok(()));
        assert_eq!(said("http://127.0.0.1:9/services/x", true), Ok(()));
        for bad in [
            "http://hooks.slack.com/services/T012AB/B345CD/e6f7g8",
            "https://hooks.slack.com.evil.example/services/s3cret",
            "https://evil.example/hooks.slack.com/s3cret",
            "https://hooks.slack.com:8443/services/s3cret",
            "https://ann:s3cret@hooks.slack.com/services/",
            "http://127.0.0.1:9/services/s3cret",
            "s3cret",
            "",
        ] {
            let said = said(bad, false).unwrap_err();
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}
