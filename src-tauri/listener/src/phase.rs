//! The activity of a connection (new, reading a head, answering, idle) and the deadline that follows from it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Limits;

/// The activity of a connection, and the time from which its limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    /// No byte was received since the connection was accepted.
    New(Instant),
    /// The head of a request is being received.
    ReadingHead(Instant),
    /// A request is being answered.
    Answering(Instant),
    /// The last request was answered, and no byte was received since.
    Idle(Instant),
}

/// The activity of one connection and its limits.
#[derive(Debug)]
pub(crate) struct Phase {
    limits: Limits,
    activity: Mutex<Activity>,
    changed: Notify,
}

impl Phase {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, activity: Mutex::new(Activity::New(Instant::now())), changed: Notify::new() })
    }

    /// Notes that bytes were received.
    pub(crate) fn bytes_received(&self) {
        let mut activity = self.activity();
        if matches!(*activity, Activity::Idle(_) | Activity::New(_)) {
            *activity = Activity::ReadingHead(Instant::now());
            self.changed.notify_one();
        }
    }

    /// Gives a new connection the time limit of a head, because other connections wait for a slot.
    pub(crate) fn shorten_wait(&self) {
        let mut activity = self.activity();
        if let Activity::New(since) = *activity {
            *activity = Activity::ReadingHead(since);
            self.changed.notify_one();
        }
    }

    /// Notes that the head of a request is complete. The connection is answering until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> RequestGuard {
        self.set(Activity::Answering(Instant::now()));
        RequestGuard(Arc::clone(self))
    }

    /// Resolves when the connection has taken longer than its activity may.
    pub(crate) async fn overdue(&self) {
        loop {
            let activity = *self.activity();
            let (since, longest) = match activity {
                Activity::ReadingHead(since) => (since, Some(self.limits.head)),
                Activity::New(since) | Activity::Idle(since) => (since, Some(self.limits.idle)),
                Activity::Answering(since) => (since, self.limits.request),
            };
            tokio::select! {
                () = self.changed.notified() => {}
                // On a busy machine, the deadline may pass while the activity changes. It does not apply then.
                () = until(since, longest) => if *self.activity() == activity { return },
            }
        }
    }

    fn set(&self, activity: Activity) {
        *self.activity() = activity;
        self.changed.notify_one();
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(since: Instant, longest: Option<Duration>) {
    match longest {
        Some(longest) => tokio::time::sleep_until(since + longest).await,
        None => std::future::pending().await,
    }
}

/// Marks a connection as answering a request. When the guard is dropped, the connection is idle.
#[derive(Debug)]
pub(crate) struct RequestGuard(Arc<Phase>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.set(Activity::Idle(Instant::now()));
    }
}

/// The body of a reply, with the guard of its request. The guard is dropped when the body was sent or dropped.
pub(crate) struct TrackedBody {
    body: Body,
    _request: RequestGuard,
}

impl TrackedBody {
    pub(crate) fn new(body: Body, request: RequestGuard) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for TrackedBody {
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

    async fn seconds_until_overdue(phase: &Phase) -> u64 {
        let from = Instant::now();
        phase.overdue().await;
        from.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_overdue_after_the_limit_of_its_activity() {
        let phase = Phase::new(LIMITS);
        assert_eq!(seconds_until_overdue(&phase).await, 75, "a new connection, while no other one waits");
        phase.bytes_received();
        assert_eq!(seconds_until_overdue(&phase).await, 5, "a head, five seconds after its first byte");
        let request = phase.begin();
        assert_eq!(seconds_until_overdue(&phase).await, 60);
        drop(request);
        tokio::time::advance(Duration::from_secs(70)).await;
        assert_eq!(seconds_until_overdue(&phase).await, 5, "an idle connection, 70 of whose 75 seconds have passed");
        phase.bytes_received();
        tokio::time::advance(Duration::from_secs(2)).await;
        phase.bytes_received();
        assert_eq!(seconds_until_overdue(&phase).await, 3, "more bytes of the same head give no more time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_is_overdue_after_five_seconds_only_while_others_wait() {
        let phase = Phase::new(LIMITS);
        tokio::time::advance(Duration::from_secs(2)).await;
        phase.shorten_wait();
        assert_eq!(seconds_until_overdue(&phase).await, 3);
        let request = phase.begin();
        phase.shorten_wait();
        assert_eq!(seconds_until_overdue(&phase).await, 60, "a request that is being answered keeps its time limit");
        drop(request);
    }

    #[tokio::test(start_paused = true)]
    async fn overdue_uses_the_limit_of_an_activity_that_begins_while_it_waits() {
        let phase = Phase::new(Limits { request: None, ..LIMITS });
        phase.bytes_received();
        let waiting = Arc::clone(&phase);
        let waiting = tokio::spawn(async move { seconds_until_overdue(&waiting).await });
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(4)).await;
        let request = phase.begin();
        tokio::time::advance(Duration::from_secs(100)).await;
        drop(request);
        assert_eq!(waiting.await.unwrap(), 4 + 100 + 75);
    }
}
