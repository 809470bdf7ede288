//! What an attempt to deliver came to, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::queued::DeliveryState;
use crate::domain::delivery::retry_schedule;

/// What an attempt came to. The words are bounded and hold no secret and no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver took it.
    Accepted {
        /// Its answer.
        said: String,
    },
    /// The receiver refused it for good.
    Refused {
        /// Its answer.
        said: String,
    },
    /// The receiver wants no more events at all.
    Gone {
        /// Its answer.
        said: String,
    },
    /// It did not arrive, and may later.
    Later {
        /// What was in the way.
        said: String,
        /// How long the receiver asked to wait.
        after: Option<TimeDelta>,
    },
    /// It may have arrived: the connection broke after the request.
    Unknown {
        /// What was in the way.
        said: String,
    },
}

impl Attempt {
    /// The words.
    #[must_use]
    pub fn said(&self) -> &str {
        match self {
            Self::Accepted { said }
            | Self::Refused { said }
            | Self::Gone { said }
            | Self::Later { said, .. }
            | Self::Unknown { said } => said,
        }
    }
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where it is now.
    pub state: DeliveryState,
    /// When the next attempt is due, while it waits.
    pub next_attempt: Option<DateTime<Utc>>,
    /// The words for people.
    pub said: String,
}

/// What is said of an e-mail that may or may not have left.
pub const MAY_HAVE_BEEN_SENT: &str = "It may have been sent";

/// What follows from an attempt that was the n-th, and after which none is made at or past `retry_until`.
#[must_use]
pub fn outcome(
    channel: Channel,
    attempt: &Attempt,
    attempts: u32,
    retry_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Outcome {
    let over = |state, said: &str| Outcome { state, next_attempt: None, said: said.to_owned() };
    let again = |said: &str, after| match retry_schedule::next_attempt(attempts, after, retry_until, now) {
        Some(next) => Outcome { state: DeliveryState::Waiting, next_attempt: Some(next), said: said.to_owned() },
        None => over(DeliveryState::Failed, &format!("Given up after {attempts} attempts: {said}")),
    };
    match attempt {
        Attempt::Accepted { said } => over(DeliveryState::Accepted, said),
        Attempt::Refused { said } => over(DeliveryState::Failed, said),
        Attempt::Gone { said } => over(DeliveryState::Stopped, said),
        Attempt::Later { said, after } => again(said, *after),
        Attempt::Unknown { said } if channel.may_repeat() => again(said, None),
        Attempt::Unknown { said } => over(DeliveryState::Stopped, &format!("{MAY_HAVE_BEEN_SENT}: {said}")),
    }
}

/// What follows from the status of an HTTP answer. `said` is its text, made fit to be shown.
#[must_use]
pub fn of_status(status: u16, retry_after: Option<TimeDelta>, said: String) -> Attempt {
    match status {
        200..=299 => Attempt::Accepted { said },
        410 => Attempt::Gone { said },
        408 | 409 | 425 => Attempt::Later { said, after: None },
        429 | 503 => Attempt::Later { said, after: retry_after },
        400..=499 => Attempt::Refused { said },
        // A server that is being moved redirects for a while. A redirect is not followed: the new place was named by
        // nobody here.
        _ => Attempt::Later { said, after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn after(channel: Channel, attempt: &Attempt) -> Outcome {
        outcome(channel, attempt, 1, now() + TimeDelta::days(3), now())
    }

    fn said() -> String {
        "word".to_owned()
    }

    #[test]
    fn every_status_has_one_consequence() {
        use DeliveryState::{Accepted, Failed, Stopped, Waiting};
        for (statuses, state) in [
            (vec![200, 201, 202, 204], Accepted),
            (vec![400, 401, 403, 404, 405, 413, 422, 451], Failed),
            (vec![410], Stopped),
            (vec![408, 409, 425, 429, 500, 502, 503, 504, 301, 302, 307, 308, 100, 999], Waiting),
        ] {
            for status in statuses {
                let attempt = of_status(status, None, said());
                assert_eq!(after(Channel::Webhook, &attempt).state, state, "{status}");
            }
        }
    }

    #[test]
    fn the_time_that_a_busy_receiver_asks_for_is_waited() {
        let asked = Some(TimeDelta::minutes(20));
        for status in [429, 503] {
            let next = after(Channel::Slack, &of_status(status, asked, said())).next_attempt;
            assert_eq!(next, Some(now() + TimeDelta::minutes(20)), "{status}");
        }
        let next = after(Channel::Slack, &of_status(500, asked, said())).next_attempt;
        assert_eq!(next, Some(now() + TimeDelta::seconds(5)), "only a busy receiver is asked when");
    }

    #[test]
    fn an_event_that_may_have_arrived_is_repeated_for_programs_and_not_for_people() {
        let unknown = Attempt::Unknown { said: said() };
        assert_eq!(after(Channel::Webhook, &unknown).state, DeliveryState::Waiting);
        let of_mail = after(Channel::Email, &unknown);
        assert_eq!((of_mail.state, of_mail.next_attempt), (DeliveryState::Stopped, None));
        assert!(of_mail.said.starts_with(MAY_HAVE_BEEN_SENT), "{}", of_mail.said);
    }

    #[test]
    fn an_attempt_at_the_end_of_the_three_days_is_the_last() {
        let later = Attempt::Later { said: said(), after: None };
        let given_up = outcome(Channel::Webhook, &later, 14, now(), now());
        assert_eq!(given_up.state, DeliveryState::Failed);
        assert_eq!(given_up.said, "Given up after 14 attempts: word");
    }
}
