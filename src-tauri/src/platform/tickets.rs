//! The tickets in one-time addresses: the target of each, and whether it was used.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hajime_core::secret_url::SecretUrl;
use uuid::Uuid;

/// How long a one-time address is valid, and how long Hajime remembers that it was used.
pub(crate) const VALID_FOR: Duration = Duration::from_secs(120);

/// The result of opening a one-time address.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// The target. The address counts as used from this request on.
    Target(SecretUrl),
    /// No target: the address was opened before.
    UsedBefore,
    /// No target: the address was never made, or it has expired.
    Unknown,
}

#[derive(Debug)]
enum Ticket {
    Waiting(SecretUrl),
    Used,
}

/// The tickets that were made or used within [`VALID_FOR`].
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<HashMap<Uuid, (Ticket, Instant)>>);

impl Tickets {
    /// Makes a ticket that can be redeemed for `target` once.
    pub(crate) fn issue(&self, target: SecretUrl, now: Instant) -> Uuid {
        let ticket = Uuid::new_v4();
        self.recent(now).insert(ticket, (Ticket::Waiting(target), now));
        ticket
    }

    /// Returns the target of a ticket and marks the ticket as used.
    pub(crate) fn redeem(&self, ticket: &str, now: Instant) -> Redeemed {
        let Ok(ticket) = ticket.parse() else { return Redeemed::Unknown };
        match self.recent(now).get_mut(&ticket) {
            None => Redeemed::Unknown,
            Some(found) => match std::mem::replace(found, (Ticket::Used, now)) {
                (Ticket::Waiting(target), _) => Redeemed::Target(target),
                (Ticket::Used, _) => Redeemed::UsedBefore,
            },
        }
    }

    fn recent(&self, now: Instant) -> MutexGuard<'_, HashMap<Uuid, (Ticket, Instant)>> {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (_, since)| now.duration_since(*since) < VALID_FOR);
        tickets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> SecretUrl {
        SecretUrl::with_token(&"http://127.0.0.1:9/join/".parse().unwrap(), &"a-token".into())
    }

    #[test]
    fn a_ticket_gives_its_target_once_and_is_used_afterwards() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let ticket = tickets.issue(target(), now).to_string();
        assert!(matches!(tickets.redeem(&ticket, now), Redeemed::Target(url) if url.expose().ends_with("a-token")));
        assert!(matches!(tickets.redeem(&ticket, now), Redeemed::UsedBefore));
        assert!(matches!(tickets.redeem(&Uuid::new_v4().to_string(), now), Redeemed::Unknown));
        assert!(matches!(tickets.redeem("../etc", now), Redeemed::Unknown));
    }

    #[test]
    fn an_expired_ticket_is_unknown_and_forgotten() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let ticket = tickets.issue(target(), now).to_string();
        assert!(matches!(tickets.redeem(&ticket, now + VALID_FOR), Redeemed::Unknown));
        assert!(tickets.0.lock().unwrap().is_empty(), "the expired ticket is deleted");
    }
}
