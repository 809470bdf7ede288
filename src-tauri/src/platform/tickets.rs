//! One-time addresses: which of them lead somewhere, and which were used.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hajime_core::secret_url::SecretUrl;
use uuid::Uuid;

/// How long a one-time address waits for its browser, and how long a used one is remembered.
pub(crate) const VALID_FOR: Duration = Duration::from_secs(120);

/// The result of opening a one-time address.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// The target. From now on the address is used.
    Target(SecretUrl),
    /// Nothing any more: somebody opened it before.
    UsedBefore,
    /// Nothing: it was never made, or too long ago.
    Unknown,
}

#[derive(Debug)]
enum Ticket {
    Waiting(SecretUrl),
    Used,
}

/// The tickets of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<HashMap<Uuid, (Ticket, Instant)>>);

impl Tickets {
    /// A ticket that leads to `target` once.
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
    fn a_ticket_leads_somewhere_once_and_then_says_that_it_was_used() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let ticket = tickets.issue(target(), now).to_string();
        assert!(matches!(tickets.redeem(&ticket, now), Redeemed::Target(url) if url.expose().ends_with("a-token")));
        assert!(matches!(tickets.redeem(&ticket, now), Redeemed::UsedBefore));
        assert!(matches!(tickets.redeem(&Uuid::new_v4().to_string(), now), Redeemed::Unknown));
        assert!(matches!(tickets.redeem("../etc", now), Redeemed::Unknown));
    }

    #[test]
    fn a_ticket_that_nobody_used_in_time_leads_nowhere() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let ticket = tickets.issue(target(), now).to_string();
        assert!(matches!(tickets.redeem(&ticket, now + VALID_FOR), Redeemed::Unknown));
        assert!(tickets.0.lock().unwrap().is_empty(), "nothing is kept of it");
    }
}
