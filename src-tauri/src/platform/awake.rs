//! Keeps this computer from falling asleep.
//!
//! One thread holds the request to the operating system: on Windows the request belongs to the thread that made it, and on
//! Linux the answer comes over D-Bus, which may not answer at all.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The name under which the operating system lists who keeps the computer awake.
const APP_NAME: &str = "Hajime";
const APP_ID: &str = "org.hajime.desktop";

/// Keeps a computer awake while it is asked to.
pub(crate) trait Keeper: Send + Sync {
    /// Keeps the computer awake for this reason, or with `None` no longer. Does not wait. The answer arrives at the
    /// listener that the keeper was made with.
    fn keep(&self, reason: Option<&'static str>);
}

/// Whether the operating system keeps the computer awake; the text says why it does not.
pub(crate) type Answer = Result<(), String>;

/// Asks the operating system.
pub(crate) struct SystemKeeper(Sender<Option<&'static str>>);

impl SystemKeeper {
    /// Starts the thread. `hear` gets the answer to each request to keep awake.
    pub(crate) fn start(hear: impl Fn(Answer) + Send + 'static) -> Self {
        let (sender, asked) = channel();
        let thread = std::thread::Builder::new().name("awake".into()).spawn(move || serve(&asked, &hear));
        if let Err(error) = thread {
            tracing::warn!(%error, "this computer cannot be kept awake");
        }
        Self(sender)
    }
}

impl Keeper for SystemKeeper {
    fn keep(&self, reason: Option<&'static str>) {
        // Without its thread nothing is kept awake, which the missing answer says.
        self.0.send(reason).ok();
    }
}

fn serve(asked: &Receiver<Option<&'static str>>, hear: &impl Fn(Answer)) {
    let mut held = None;
    while let Ok(reason) = asked.recv() {
        // The earlier request is given up before the next one is made.
        drop(held.take());
        let Some(reason) = reason else { continue };
        match hold(reason) {
            Ok(awake) => {
                held = Some(awake);
                hear(Ok(()));
            }
            Err(error) => hear(Err(error.to_string())),
        }
    }
}

/// Asks that the computer sleeps neither by itself nor, where the system allows that, by hand.
fn hold(reason: &str) -> keepawake::Result<keepawake::KeepAwake> {
    let ask = |sleep: bool| {
        let mut request = keepawake::Builder::default();
        request.idle(true).sleep(sleep).reason(reason).app_name(APP_NAME).app_reverse_domain(APP_ID);
        request.create()
    };
    // Some systems refuse to block the sleep that a person asks for.
    ask(true).or_else(|_| ask(false))
}

/// Time after which an operating system that has not answered does not keep the computer awake.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Time between two looks while the computer is to be kept awake, and between two attempts after a refusal.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// Whether this computer is kept awake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing needs it.
    NotNeeded,
    /// The operating system was asked a moment ago.
    Asked,
    /// It stays awake.
    Awake,
    /// The operating system refused or did not answer, so the computer may fall asleep.
    MayFallAsleep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotNeeded,
    Asked(&'static str, Instant),
    Held(&'static str),
    Refused(&'static str, Instant),
}

/// What to ask the operating system for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// To keep the computer awake for this reason.
    Hold(&'static str),
    /// To keep it awake no longer.
    Release,
}

/// What the operating system was asked for, and what it answered.
#[derive(Debug)]
struct Wish(State);

impl Wish {
    /// Notes that the computer is to be kept awake for this reason; `None` for none. Returns what to ask the operating
    /// system for, if anything.
    fn want(&mut self, reason: Option<&'static str>, now: Instant) -> Option<Ask> {
        let Some(reason) = reason else {
            let was = std::mem::replace(&mut self.0, State::NotNeeded);
            return (was != State::NotNeeded).then_some(Ask::Release);
        };
        let settled = match self.0 {
            State::NotNeeded => false,
            State::Asked(known, _) | State::Held(known) => known == reason,
            State::Refused(known, at) => known == reason && now.duration_since(at) < LOOK_INTERVAL,
        };
        if settled {
            return None;
        }
        self.0 = State::Asked(reason, now);
        Some(Ask::Hold(reason))
    }

    /// Notes an answer of the operating system.
    fn answered(&mut self, answer: &Answer, now: Instant) {
        if let State::Asked(reason, _) | State::Held(reason) | State::Refused(reason, _) = self.0 {
            self.0 = if answer.is_ok() { State::Held(reason) } else { State::Refused(reason, now) };
        }
    }

    /// The time until an operating system that has not answered counts as refusing; `None` while nothing is asked.
    fn answer_due(&self, now: Instant) -> Option<Duration> {
        match self.0 {
            State::Asked(_, at) => {
                Some(ANSWER_LIMIT.saturating_sub(now.duration_since(at))).filter(|left| !left.is_zero())
            }
            State::NotNeeded | State::Held(_) | State::Refused(..) => None,
        }
    }

    fn kept(&self, now: Instant) -> Kept {
        match self.0 {
            State::NotNeeded => Kept::NotNeeded,
            State::Asked(_, at) if now.duration_since(at) < ANSWER_LIMIT => Kept::Asked,
            State::Held(_) => Kept::Awake,
            State::Asked(..) | State::Refused(..) => Kept::MayFallAsleep,
        }
    }
}

/// Keeps the computer awake while something needs it.
pub(crate) struct Awake {
    wish: Arc<Mutex<Wish>>,
    keeper: Box<dyn Keeper>,
}

impl Awake {
    /// Makes it for the operating system. `told` is called after each answer of the system.
    pub(crate) fn of_the_system(told: impl Fn() + Send + 'static) -> Self {
        let wish = Arc::new(Mutex::new(Wish(State::NotNeeded)));
        let noted = Arc::clone(&wish);
        let keeper = SystemKeeper::start(move |answer| {
            if let Err(why) = &answer {
                tracing::info!(why, "this computer may fall asleep");
            }
            open(&noted).answered(&answer, Instant::now());
            told();
        });
        Self { wish, keeper: Box::new(keeper) }
    }

    /// Keeps the computer awake for this reason; with `None` no longer. Does not wait.
    pub(crate) fn want(&self, reason: Option<&'static str>) {
        let ask = open(&self.wish).want(reason, Instant::now());
        if let Some(ask) = ask {
            self.keeper.keep(match ask {
                Ask::Hold(reason) => Some(reason),
                Ask::Release => None,
            });
        }
    }

    /// The time until an operating system that has not answered counts as refusing; `None` while nothing is asked.
    pub(crate) fn answer_due(&self) -> Option<Duration> {
        open(&self.wish).answer_due(Instant::now())
    }

    /// Whether this computer is kept awake.
    pub(crate) fn kept(&self) -> Kept {
        open(&self.wish).kept(Instant::now())
    }
}

fn open(wish: &Mutex<Wish>) -> MutexGuard<'_, Wish> {
    wish.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_asked_once_for_each_reason_and_again_a_minute_after_a_refusal() {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut wish = Wish(State::NotNeeded);
        assert_eq!(wish.want(None, at(0)), None);
        assert_eq!(wish.want(Some("class"), at(0)), Some(Ask::Hold("class")));
        assert_eq!(wish.want(Some("class"), at(1)), None);
        assert_eq!(wish.kept(at(1)), Kept::Asked);
        wish.answered(&Ok(()), at(2));
        assert_eq!((wish.kept(at(2)), wish.want(Some("class"), at(90))), (Kept::Awake, None));
        assert_eq!(wish.want(Some("file"), at(91)), Some(Ask::Hold("file")));
        wish.answered(&Err("no service".into()), at(92));
        assert_eq!((wish.kept(at(92)), wish.want(Some("file"), at(100))), (Kept::MayFallAsleep, None));
        assert_eq!(wish.want(Some("file"), at(152)), Some(Ask::Hold("file")));
        assert_eq!(wish.want(None, at(153)), Some(Ask::Release));
        // An answer that comes late changes nothing.
        wish.answered(&Ok(()), at(154));
        assert_eq!((wish.kept(at(154)), wish.want(None, at(155))), (Kept::NotNeeded, None));
    }

    #[test]
    fn a_system_that_does_not_answer_keeps_nothing_awake() {
        let begin = Instant::now();
        let mut wish = Wish(State::NotNeeded);
        wish.want(Some("class"), begin);
        assert_eq!(wish.kept(begin + Duration::from_secs(9)), Kept::Asked);
        assert_eq!(wish.kept(begin + ANSWER_LIMIT), Kept::MayFallAsleep);
    }

    #[test]
    fn it_is_known_when_a_missing_answer_counts_as_a_refusal() {
        let begin = Instant::now();
        let mut wish = Wish(State::NotNeeded);
        assert_eq!(wish.answer_due(begin), None);
        wish.want(Some("class"), begin);
        assert_eq!(wish.answer_due(begin + Duration::from_secs(4)), Some(Duration::from_secs(6)));
        assert_eq!(wish.answer_due(begin + ANSWER_LIMIT), None);
        wish.answered(&Ok(()), begin);
        assert_eq!(wish.answer_due(begin), None);
    }
}
