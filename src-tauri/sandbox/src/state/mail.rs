//! Letters that were sent with Email Sending, and what decides what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::Object;
use crate::clock::{Moment, micros};

/// What becomes of a letter for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFate {
    /// The recipient's mail server took it at once.
    Delivered,
    /// It waits for the recipient's mail server.
    Queued,
    /// The recipient's mail server refused it for good.
    Bounced,
    /// The recipient is on the account's list of suppressed addresses.
    Suppressed,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAddress {
    pub address: String,
    pub name: Option<String>,
}

/// A letter that was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    /// The value of `Message-ID`, with its angle brackets.
    pub message_id: String,
    /// The id of the account.
    pub account: String,
    pub at: Moment,
    pub from: MailAddress,
    pub to: Vec<MailAddress>,
    pub cc: Vec<MailAddress>,
    pub bcc: Vec<MailAddress>,
    pub reply_to: Option<MailAddress>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub headers: Map<String, Value>,
    /// The file names of the attachments.
    pub attachments: Vec<String>,
    /// What became of it, by address.
    pub fates: BTreeMap<String, MailFate>,
}

impl Object for Mail {
    const KIND: &'static str = "mail";
    fn id(&self) -> &str {
        &self.message_id
    }
    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.account, self.at))
    }
}

impl Mail {
    /// The letter in the control API.
    pub fn to_json(&self) -> Value {
        json!({
            "message_id": self.message_id,
            "account_id": self.account,
            "at": micros(self.at),
            "from": self.from,
            "to": self.to,
            "cc": self.cc,
            "bcc": self.bcc,
            "reply_to": self.reply_to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "headers": self.headers,
            "attachments": self.attachments,
            "fates": self.fates,
        })
    }
}

/// An error of Email Sending that a rehearsal can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailError {
    InvalidRequestSchema,
    TooBig,
    NoContentLength,
    Invalid,
    Suppressed,
    Unauthorized,
    BadTokenType,
    Forbidden,
    NotEntitled,
    SendingDisabled,
    SenderNotConfigured,
    NotFound,
    Throttled,
    InternalServer,
    NotImplemented,
    Upstream,
}

/// What becomes of letters that are sent. It is not saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailRules {
    /// The domains from which the account may send, in lower case.
    pub domains: BTreeSet<String>,
    /// The addresses outside the account's domains that may be written to before a domain is set up.
    pub verified: BTreeSet<String>,
    /// What becomes of letters to an address; they are queued where nothing is said.
    pub fates: BTreeMap<String, MailFate>,
    /// The error that every call is answered with.
    pub error: Option<MailError>,
}

impl Default for MailRules {
    fn default() -> Self {
        let domains = BTreeSet::from(["example.org".to_owned()]);
        Self { domains, verified: BTreeSet::new(), fates: BTreeMap::new(), error: None }
    }
}

impl MailRules {
    /// What becomes of a letter to this address.
    pub fn fate(&self, address: &str) -> MailFate {
        let known = self.fates.iter().find(|(known, _)| known.eq_ignore_ascii_case(address));
        known.map_or(MailFate::Queued, |(_, fate)| *fate)
    }

    /// Whether the account may send from this domain. A wildcard stands for one label or more.
    pub fn may_send_from(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        self.domains.iter().any(|known| {
            known.strip_prefix("*.").map_or_else(
                || known.eq_ignore_ascii_case(&domain),
                |parent| domain.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            )
        })
    }

    /// Whether every recipient may be written to from any domain.
    pub fn are_verified(&self, mut recipients: impl Iterator<Item = impl AsRef<str>>) -> bool {
        recipients.all(|one| self.verified.iter().any(|known| known.eq_ignore_ascii_case(one.as_ref())))
    }
}
