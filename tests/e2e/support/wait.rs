//! Waiting for something that can be seen, with a deadline that names it.

use std::time::{Duration, Instant};

/// What the window or a program next to it should do at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// What takes the sandbox several of its own minutes.
pub(crate) const LATER: Duration = Duration::from_secs(150);

/// Asks until there is an answer. Panics at the deadline with what was awaited.
pub(crate) async fn until<T>(what: &str, deadline: Duration, ask: impl AsyncFnMut() -> Option<T>) -> T {
    match answer(deadline, ask).await {
        Some(answer) => answer,
        None => panic!("waited {} s in vain for {what}", deadline.as_secs()),
    }
}

/// Asks until there is an answer or the deadline has passed.
pub(crate) async fn answer<T>(deadline: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        // The question itself may hang, when the one who is asked is gone.
        let answer = tokio::time::timeout(deadline, ask()).await.unwrap_or(None);
        if answer.is_some() || started.elapsed() > deadline {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// Asks until it is so.
pub(crate) async fn until_true(what: &str, deadline: Duration, mut ask: impl AsyncFnMut() -> bool) {
    until(what, deadline, async || ask().await.then_some(())).await;
}
