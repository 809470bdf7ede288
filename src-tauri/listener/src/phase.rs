//! What a connection is doing, and until when it may.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Nothing has come in yet.
    Fresh(Instant),
    /// The head of a request is awaited or under way.
    Head(Instant),
    /// A request is being answered.
    Busy(Instant),
    /// The next request may come.
    Idle(Instant),
}

/// The phase of one connection.
#[derive(Debug)]
pub(crate) struct Phase {
    limits: Limits,
    doing: Mutex<Doing>,
    changed: Notify,
}

impl Phase {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, doing: Mutex::new(Doing::Fresh(Instant::now())), changed: Notify::new() })
    }

    /// Bytes came in.
    pub(crate) fn heard(&self) {
        let mut doing = self.doing();
        if matches!(*doing, Doing::Idle(_) | Doing::Fresh(_)) {
            *doing = Doing::Head(Instant::now());
            self.changed.notify_one();
        }
    }

    /// Others wait for a place: what has sent nothing since it began is late as soon as a head would be.
    pub(crate) fn hurry(&self) {
        let mut doing = self.doing();
        if let Doing::Fresh(since) = *doing {
            *doing = Doing::Head(since);
            self.changed.notify_one();
        }
    }

    /// The head of a request is there. The connection is busy until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.set(Doing::Busy(Instant::now()));
        Busy(Arc::clone(self))
    }

    /// Comes back when the connection has taken longer than it may.
    pub(crate) async fn overdue(&self) {
        loop {
            let doing = *self.doing();
            let (since, longest) = match doing {
                Doing::Head(since) => (since, Some(self.limits.head)),
                Doing::Fresh(since) | Doing::Idle(since) => (since, Some(self.limits.idle)),
                Doing::Busy(since) => (since, self.limits.request),
            };
            tokio::select! {
                () = self.changed.notified() => {}
                // On a busy machine the deadline may pass at the moment at which the connection does something else: then it does not count.
                () = until(since, longest) => if *self.doing() == doing { return },
            }
        }
    }

    fn set(&self, doing: Doing) {
        *self.doing() = doing;
        self.changed.notify_one();
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(since: Instant, longest: Option<Duration>) {
    match longest {
        Some(longest) => tokio::time::sleep_until(since + longest).await,
        None => std::future::pending().await,
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Phase>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set(Doing::Idle(Instant::now()));
    }
}

/// The body of a reply. The request is over when the body was sent or given up.
pub(crate) struct Whole {
    body: Body,
    _busy: Busy,
}

impl Whole {
    pub(crate) fn new(body: Body, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        connections: 1,
        head: Duration::from_secs(5),
        idle: Duration::from_secs(75),
        request: Some(Duration::from_secs(60)),
    };

    async fn lasts(phase: &Phase) -> u64 {
        let from = Instant::now();
        phase.overdue().await;
        from.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_five_seconds_from_its_first_byte_on_and_the_time_before_it_does_not_count() {
        let phase = Phase::new(LIMITS);
        assert_eq!(lasts(&phase).await, 75, "nobody waits for its place");
        phase.heard();
        assert_eq!(lasts(&phase).await, 5, "the first head, from its first byte on");
        let busy = phase.begin();
        assert_eq!(lasts(&phase).await, 60);
        drop(busy);
        tokio::time::advance(Duration::from_secs(70)).await;
        assert_eq!(lasts(&phase).await, 5, "what is left of 75 idle seconds");
        phase.heard();
        tokio::time::advance(Duration::from_secs(2)).await;
        phase.heard();
        assert_eq!(lasts(&phase).await, 3, "more bytes of the same head give it no more time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_has_sent_nothing_is_late_after_five_seconds_only_while_others_wait() {
        let phase = Phase::new(LIMITS);
        tokio::time::advance(Duration::from_secs(2)).await;
        phase.hurry();
        assert_eq!(lasts(&phase).await, 3);
        let busy = phase.begin();
        phase.hurry();
        assert_eq!(lasts(&phase).await, 60, "who has asked gets an answer");
        drop(busy);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_seen_while_the_old_deadline_is_awaited() {
        let phase = Phase::new(Limits { request: None, ..LIMITS });
        phase.heard();
        let waiting = Arc::clone(&phase);
        let waiting = tokio::spawn(async move { lasts(&waiting).await });
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(4)).await;
        let busy = phase.begin();
        tokio::time::advance(Duration::from_secs(100)).await;
        drop(busy);
        assert_eq!(waiting.await.unwrap(), 4 + 100 + 75);
    }
}
