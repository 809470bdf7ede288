//! Custom domains: hostnames of the account's zones that show a script.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{invalid, not_found};
use crate::{
    call::Call,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::worker::{CustomDomain, Worker},
};

/// The zones of every account, and their ids. The sandbox has no calls that make zones.
const ZONES: [(&str, &str); 2] =
    [("example.org", "6f2b1c0d9e8a4b7c8d5e3f2a1b0c9d8e"), ("harbourdojo.example", "a1b2c3d4e5f60718293a4b5c6d7e8f90")];

/// `GET /workers/domains`
pub fn list(call: &Call) -> Reply {
    let wanted = |name: &str, value: &str| call.query.iter().all(|(key, asked)| key != name || asked == value);
    let shown = call.world.with(|model| {
        let own = model.workers_domains.iter().filter(|domain| domain.account == call.account);
        let found = own.filter(|domain| {
            wanted("hostname", &domain.hostname)
                && wanted("service", &domain.service)
                && wanted("zone_name", &domain.zone)
        });
        found.map(shown).collect::<Vec<_>>()
    });
    Reply::Result(Value::from(shown))
}

/// `PUT /workers/domains`: a hostname that shows another script shows this one from now on.
pub fn attach(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let hostname = fields.required_text("hostname")?.to_ascii_lowercase();
    let service = fields.required_text("service")?;
    let Some((zone, zone_id)) = ZONES.into_iter().find(|(zone, _)| is_within(&hostname, zone)) else {
        let zones = ZONES.map(|(zone, _)| zone).join(" and ");
        return Err(invalid(format!("The account has no zone of {hostname}; it has {zones}.")));
    };
    call.world.with(|model| {
        if model.workers.get(&Worker::key(&call.account, &service)).is_none() {
            return Err(not_found());
        }
        let known = model.workers_domains.iter().find(|domain| domain.hostname == hostname);
        if known.is_some_and(|domain| domain.account != call.account) {
            return Err(Refusal::v4(StatusCode::CONFLICT, 100_116, "The hostname is in use by another account."));
        }
        let id = known.map_or_else(ids::hex32, |domain| domain.id.clone());
        let domain = CustomDomain {
            id,
            hostname,
            zone: zone.to_owned(),
            zone_id: zone_id.to_owned(),
            account: call.account.clone(),
            service,
        };
        let shown = shown(&domain);
        model.workers_domains.put(domain);
        Ok(Reply::Result(shown))
    })
}

/// `GET /workers/domains/{id}`
pub fn get(call: &Call, id: &str) -> Answer {
    let found = call
        .world
        .with(|model| model.workers_domains.get(id).filter(|domain| domain.account == call.account).map(shown));
    found.map(Reply::Result).ok_or_else(not_found)
}

/// `DELETE /workers/domains/{id}`
pub fn detach(call: &Call, id: &str) -> Answer {
    call.world.with(|model| {
        model.workers_domains.get(id).filter(|domain| domain.account == call.account).ok_or_else(not_found)?;
        model.workers_domains.remove(id);
        Ok(Reply::Result(Value::Null))
    })
}

fn is_within(hostname: &str, zone: &str) -> bool {
    hostname.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn shown(domain: &CustomDomain) -> Value {
    json!({
        "id": domain.id,
        "hostname": domain.hostname,
        "service": domain.service,
        "zone_id": domain.zone_id,
        "zone_name": domain.zone,
        "environment": "production",
    })
}
