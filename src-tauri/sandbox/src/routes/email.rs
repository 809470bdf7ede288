//! The route of Email Sending: one letter in parts.

mod letter;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use self::letter::{NotTaken, Sent};
use crate::{
    call::Call,
    ids,
    reply::{Answer, Refusal, Reply},
    state::{
        Model,
        mail::{Mail, MailError, MailFate},
    },
    switches::{MailCodePair, MailCodeType, SuppressedMail, Switches},
};

/// The largest body of a call: a letter of 5 MiB, and what JSON adds to it.
pub const MAX_BODY_BYTES: usize = 12 << 20;

/// `/email/…`
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    match (&call.method, rest) {
        (&Method::POST, ["sending", "send"]) => Some(send(call)),
        _ => None,
    }
}

/// `POST /email/sending/send`
fn send(call: &Call) -> Answer {
    let sent = Sent::read(&call.body);
    call.world.with(|model| {
        let refuse = |error| Err(refusal(error, &model.switches));
        if let Some(error) = model.mail_rules.error {
            return refuse(error);
        }
        let sent = match sent {
            Ok(sent) => sent,
            Err(NotTaken::Schema(why)) => {
                return Err(refusal(MailError::InvalidRequestSchema, &model.switches).with_message(10_001, why));
            }
            Err(NotTaken::Size) => return refuse(MailError::TooBig),
        };
        if is_over_quota(model, &call.account) {
            return refuse(MailError::Throttled);
        }
        let domain = sent.from.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let rules = &model.mail_rules;
        if !rules.may_send_from(domain) && !rules.are_verified(sent.recipients()) {
            return refuse(if model.switches.email_new_domain_disabled {
                MailError::SendingDisabled
            } else {
                MailError::SenderNotConfigured
            });
        }
        let fates: Vec<(String, MailFate)> =
            sent.recipients().map(|address| (address.to_owned(), rules.fate(address))).collect();
        let suppressed = fates.iter().any(|(_, fate)| *fate == MailFate::Suppressed);
        if suppressed && model.switches.email_suppressed == SuppressedMail::Refused {
            return refuse(MailError::Suppressed);
        }
        let with = |wanted| -> Vec<&str> {
            fates.iter().filter(|(_, fate)| *fate == wanted).map(|(address, _)| address.as_str()).collect()
        };
        let message_id = format!("<{}@{domain}>", ids::secret());
        let result = json!({
            "message_id": message_id,
            "delivered": with(MailFate::Delivered),
            "queued": with(MailFate::Queued),
            "permanent_bounces": with(MailFate::Bounced),
            "suppressed_recipients": with(MailFate::Suppressed),
        });
        let at = model.stamp();
        model.mails.put(sent.into_mail(message_id, call.account.clone(), at, fates.into_iter().collect()));
        Ok(Reply::Result(result))
    })
}

/// Whether the account sent as many letters within a day as the switch allows.
fn is_over_quota(model: &Model, account: &str) -> bool {
    let since = model.now - TimeDelta::days(1);
    let today = |mail: &&Mail| mail.at > since;
    model.switches.email_daily_quota.is_some_and(|most| model.mails.owned_by(account).filter(today).count() >= most)
}

/// The refusal for an error: its status, number and word.
fn refusal(error: MailError, switches: &Switches) -> Refusal {
    let swapped = switches.email_code_pair == MailCodePair::Swapped;
    let (status, code, word) = match error {
        MailError::InvalidRequestSchema => (400, 10_001, "invalid_request_schema"),
        MailError::TooBig => (400, if swapped { 10_202 } else { 10_200 }, "email.too_big"),
        MailError::NoContentLength => (400, 10_201, "email.no_content_length"),
        MailError::Invalid => (400, if swapped { 10_200 } else { 10_202 }, "email.invalid"),
        MailError::Suppressed => (400, 10_250, "email.suppressed"),
        MailError::Unauthorized => (401, 10_101, "authentication.unauthorized"),
        MailError::BadTokenType => (401, 10_103, "authentication.bad_token_type"),
        MailError::Forbidden => (403, 10_102, "authentication.forbidden"),
        MailError::NotEntitled => (403, 10_105, "authentication.not_entitled"),
        MailError::SendingDisabled => (403, 10_203, "email.sending_disabled"),
        MailError::SenderNotConfigured => (403, 10_204, "email.sender_not_configured"),
        MailError::NotFound => (404, 10_000, "not_found"),
        MailError::Throttled => (429, 10_004, "throttled"),
        MailError::InternalServer => (500, 10_002, "internal_server"),
        MailError::NotImplemented => (500, 10_003, "not_implemented"),
        MailError::Upstream => (503, 10_100, "authentication.upstream"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let refusal = Refusal::v4(status, code, format!("email.sending.error.{word}"));
    // The OpenAPI text declares a text for 400 and 403, and a number for the others.
    let as_text = switches.email_code_type == MailCodeType::Text && [400, 403].contains(&status.as_u16());
    if as_text { refusal.with_code_as_text() } else { refusal }
}

/// The outbox in the control API, oldest first.
pub fn outbox(model: &Model) -> Value {
    let mut mails: Vec<&Mail> = model.mails.iter().collect();
    mails.sort_by_key(|mail| mail.at);
    json!({ "mails": mails.into_iter().map(Mail::to_json).collect::<Vec<_>>() })
}
