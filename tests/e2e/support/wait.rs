//! Waits for a condition. When the deadline passes, the panic names the condition.

use std::time::{Duration, Instant};

/// Deadline for what the window, or a program beside it, does at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Deadline for what takes several minutes of the sandbox's time.
pub(crate) const LATER: Duration = Duration::from_secs(150);

/// Repeats `ask` until it returns a value. Panics at the deadline and names `what`.
pub(crate) async fn until<T>(what: &str, deadline: Duration, ask: impl AsyncFnMut() -> Option<T>) -> T {
    match answer(deadline, ask).await {
        Some(answer) => answer,
        None => panic!("waited {} s in vain for {what}", deadline.as_secs()),
    }
}

/// Repeats `ask` until it returns a value; `None` when the deadline passes first.
pub(crate) async fn answer<T>(deadline: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        // `ask` itself may hang when the program that should answer has ended.
        let answer = tokio::time::timeout(deadline, ask()).await.unwrap_or(None);
        if answer.is_some() || started.elapsed() > deadline {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// Repeats `ask` until it returns `true`.
pub(crate) async fn until_true(what: &str, deadline: Duration, mut ask: impl AsyncFnMut() -> bool) {
    until(what, deadline, async || ask().await.then_some(())).await;
}
