//! Looks after the keys that sign links: makes keys ahead, deletes replaced ones when their last link has ended, notices
//! those that were deleted elsewhere, and signs entries of the ledger that wait for the keyring.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::recorder::{ledger, signing_keys};

/// The time between two runs while there is nothing to do.
const INTERVAL: TimeDelta = TimeDelta::minutes(5);
/// The time between two looks at Cloudflare's list of keys.
const LIST_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The job that looks after keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    next: Option<DateTime<Utc>>,
    /// When Cloudflare's list is due; `None` until the first run.
    list_due: Option<DateTime<Utc>>,
}

impl Job for Keys {
    const NAME: JobName = JobName { id: "keys", title: "Signing keys" };
    const ACTIVITY: &'static str = "looking after the signing keys";
    const GROUP: Group = Group::Account;
    /// Classes must not wait for keys.
    const PATIENCE: Patience = Patience::Beside(Duration::ZERO);

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let (context, now) = (&turn.context, turn.context.now());
        self.next = Some(now.later(INTERVAL));
        ledger::sign_waiting(context).await?;
        if turn.is_spent() {
            return Ok(Work::Postponed.into());
        }
        let sent = context.cloudflare().sent();
        let is_first = self.list_due.is_none();
        let list_due = *self.list_due.get_or_insert_with(|| now.later(LIST_INTERVAL));
        // The list is not urgent, and a program that ends soon never needs it.
        if !is_first && list_due <= now {
            self.list_due = Some(now.later(LIST_INTERVAL));
            signing_keys::notice_deleted(context).await?;
            if !context.store().key_intents()?.is_empty() {
                let making = context.service::<signing_keys::Making>();
                let held = making.0.lock().await;
                signing_keys::settle_intents(context).await?;
                drop(held);
            }
        }
        // A key that cannot be deleted does not keep others from being made.
        let to_delete = signing_keys::delete_due(context).await;
        let more_to_make = signing_keys::fill(context).await?;
        if to_delete? || more_to_make {
            self.next = Some(now);
        }
        Ok(if context.cloudflare().sent() == sent { Work::Nothing } else { Work::Asked }.into())
    }

    fn clock_moved(&mut self) {
        *self = Self::default();
    }

    fn woken(&mut self, _wake: Wake) {
        self.next = None;
    }
}
