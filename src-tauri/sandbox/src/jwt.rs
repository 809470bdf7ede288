//! The two kinds of JSON Web Token: playback tokens, signed with Stream keys and verified here for real, and participant
//! tokens, made and read by the sandbox alone.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};

use crate::{
    clock::Moment,
    ids,
    state::{Model, access::SigningKey},
};

/// What a playback token lets its bearer do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The video.
    pub video: String,
    /// Whether the MP4 may be fetched too.
    pub downloadable: bool,
}

/// Why a token was not accepted. The reply never says; the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is not a token at all.
    #[error("it is not a JSON Web Token signed with RS256")]
    Malformed,
    /// `kid` is missing in the header or the payload, or they differ.
    #[error("kid is missing or differs between header and payload")]
    KeyId,
    /// The key is unknown, or was deleted.
    #[error("there is no such signing key")]
    UnknownKey,
    /// `sub` names no video.
    #[error("sub names no video there ever was")]
    Subject,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// `exp` is missing or over.
    #[error("it has expired")]
    Expired,
    /// `exp` lies too far ahead.
    #[error("it would be valid for too long")]
    TooLong,
    /// `nbf` lies ahead.
    #[error("it is not valid yet")]
    TooEarly,
    /// The access rules keep this viewer out.
    #[error("its access rules keep this viewer out")]
    Rules,
}

/// Clocks are never quite equal; a token for exactly the longest time must pass.
const LEEWAY_SECONDS: i64 = 30;
const MOST_RULES: usize = 5;

/// Verifies a playback token of `account`.
pub fn verify_playback(model: &Model, token: &str, viewer: IpAddr) -> Result<Grant, Denied> {
    let now = model.verification.timestamp();
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Denied::Malformed);
    };
    let (header, payload) = (object(header)?, object(payload)?);
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Denied::Malformed);
    }
    let kid = header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()).ok_or(Denied::KeyId)?;
    if payload.get("kid").and_then(Value::as_str) != Some(kid) {
        return Err(Denied::KeyId);
    }
    let key = model.keys.get(kid).ok_or(Denied::UnknownKey)?;
    verify_signature(token, key)?;
    let video = payload.get("sub").and_then(Value::as_str).ok_or(Denied::Malformed)?;
    match model.videos.get(video) {
        Some(video) if video.account == key.account => {}
        Some(_) => return Err(Denied::UnknownKey),
        None if model.deleted_videos.get(video).is_some() => {}
        None => return Err(Denied::Subject),
    }
    let expires = payload.get("exp").and_then(seconds).ok_or(Denied::Expired)?;
    if expires <= now {
        return Err(Denied::Expired);
    }
    let longest = model.switches.longest_token_seconds;
    if longest > 0 && expires.saturating_sub(now) > longest + LEEWAY_SECONDS {
        return Err(Denied::TooLong);
    }
    if payload.get("nbf").and_then(seconds).is_some_and(|not_before| not_before > now) {
        return Err(Denied::TooEarly);
    }
    if let Some(rules) = payload.get("accessRules").and_then(Value::as_array)
        && (rules.len() > MOST_RULES || !rules_admit(rules, viewer, &model.switches.viewer_country))
    {
        return Err(Denied::Rules);
    }
    let downloadable = payload.get("downloadable").and_then(Value::as_bool).unwrap_or(false);
    Ok(Grant { video: video.to_owned(), downloadable })
}

/// Signs a playback token with a private key in PEM form; `None` when it is no such key.
pub fn sign_playback(payload: &Map<String, Value>, kid: &str, pem: &[u8]) -> Option<String> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, payload, &EncodingKey::from_rsa_pem(pem).ok()?).ok()
}

/// A token with which a participant joins. No two are alike, and each stays valid on its own.
pub fn participant_token(secret: &[u8], app: &str, meeting: &str, participant: &str, now: Moment) -> String {
    let issued = now.timestamp();
    let payload = json!({
        "orgId": app,
        "meetingId": meeting,
        "participantId": participant,
        "jti": ids::hex32(),
        "iat": issued,
        "exp": issued + PARTICIPANT_TOKEN_SECONDS,
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let tag = URL_SAFE_NO_PAD.encode(ids::hmac_sha256(secret, signed.as_bytes()));
    format!("{signed}.{tag}")
}

/// A hundred days, the lifetime seen in the wild.
const PARTICIPANT_TOKEN_SECONDS: i64 = 100 * 86_400;

/// The meeting and participant a participant token names, when it is ours and has not expired.
pub fn read_participant_token(secret: &[u8], token: &str, now: Moment) -> Option<(String, String)> {
    let (signed, tag) = token.rsplit_once('.')?;
    let expected = URL_SAFE_NO_PAD.encode(ids::hmac_sha256(secret, signed.as_bytes()));
    if !ids::same_bytes(expected.as_bytes(), tag.as_bytes()) {
        return None;
    }
    let payload = object(signed.split_once('.')?.1).ok()?;
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    if payload.get("exp").and_then(seconds)? <= now.timestamp() {
        return None;
    }
    Some((text("meetingId")?, text("participantId")?))
}

fn object(part: &str) -> Result<Map<String, Value>, Denied> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| Denied::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Denied::Malformed)
}

fn verify_signature(token: &str, key: &SigningKey) -> Result<(), Denied> {
    let public = DecodingKey::from_rsa_components(&key.n, &key.e).map_err(|_| Denied::UnknownKey)?;
    let mut rules = Validation::new(Algorithm::RS256);
    // Times are checked against the verification clock, which this library does not know.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(token, &public, &rules).map(|_| ()).map_err(|_| Denied::Signature)
}

/// Seconds since the epoch, written as a number or, as Cloudflare's own tokens do, as a string.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The first rule that fits decides; without one the viewer is let in.
fn rules_admit(rules: &[Value], viewer: IpAddr, country: &str) -> bool {
    let fits = |rule: &&Value| match rule.get("type").and_then(Value::as_str) {
        Some("any") => true,
        Some("ip.geoip.country") => texts(rule, "country").any(|listed| listed.eq_ignore_ascii_case(country)),
        Some("ip.src") => texts(rule, "ip").any(|listed| in_network(viewer, listed)),
        _ => false,
    };
    rules.iter().find(fits).is_none_or(|rule| rule.get("action").and_then(Value::as_str) != Some("block"))
}

fn texts<'a>(rule: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    rule.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let (base, length) = network.split_once('/').map_or((network, None), |(base, length)| (base, Some(length)));
    let Ok(base) = base.parse::<IpAddr>() else { return false };
    let (address, base, width) = match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => (u128::from(u32::from(address)), u128::from(u32::from(base)), 32),
        (IpAddr::V6(address), IpAddr::V6(base)) => (u128::from(address), u128::from(base), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let length = match length {
        None => width,
        Some(length) => match length.parse::<u32>() {
            Ok(length) if length <= width => length,
            _ => return false,
        },
    };
    let differing = (address ^ base).checked_shr(width - length).unwrap_or(0);
    differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let address: IpAddr = "127.0.0.1".parse().unwrap();
        for inside in ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32"] {
            assert!(in_network(address, inside), "{inside}");
        }
        for outside in ["127.0.0.2", "10.0.0.0/8", "::1", "127.0.0.0/33", "nonsense", "127.0.0.1/x"] {
            assert!(!in_network(address, outside), "{outside}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let viewer: IpAddr = "127.0.0.1".parse().unwrap();
        let rules = json!([
            { "type": "ip.geoip.country", "country": ["US"], "action": "allow" },
            { "type": "any", "action": "block" },
        ]);
        let rules = rules.as_array().unwrap();
        assert!(rules_admit(rules, viewer, "US"));
        assert!(!rules_admit(rules, viewer, "DE"));
        assert!(rules_admit(&[], viewer, "DE"));
    }

    #[test]
    fn a_participant_token_is_read_back_and_a_forged_one_is_not() {
        let now = Moment::from_timestamp(1_000, 0).unwrap();
        let token = participant_token(b"secret", "app", "meeting", "participant", now);
        let read = read_participant_token(b"secret", &token, now).unwrap();
        assert_eq!(read, ("meeting".to_owned(), "participant".to_owned()));
        assert_eq!(read_participant_token(b"other", &token, now), None);
        let later = Moment::from_timestamp(1_000 + PARTICIPANT_TOKEN_SECONDS, 0).unwrap();
        assert_eq!(read_participant_token(b"secret", &token, later), None);
    }
}
