//! A lock with fencing tokens: one holder at a time, and each grant's token is larger than all
//! before it.
//!
//! Leases end between operations, unseen. A grant to another owner is right when it began after
//! the lease before it had ended, by the time that the leader stamps on both. That a token is not
//! accepted any more is right at any time when leases can end, and otherwise only after a release.

use crate::linearizability::Model;

#[derive(Debug, Clone, Copy)]
pub struct Lock {
    /// Whether leases are so short that they may end while the history is recorded.
    pub leases_end: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Answers `Granted` or `Refused`; the holder itself gets its lease renewed.
    Acquire { owner: u64, lease_ms: u64 },
    /// Answers `Released` or `Refused`.
    Release { token: u64 },
    /// Answers `Holder`.
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Granted {
        token: u64,
        expires_ms: u64,
    },
    Refused,
    Released,
    /// Owner and token.
    Holder(Option<(u64, u64)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    holder: Option<Holder>,
    /// The largest token that was seen.
    token: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    owner: u64,
    /// None: the grant was not seen yet.
    token: Option<u64>,
    /// The lease may have ended unseen, and the owner have got another one.
    is_maybe_newer: bool,
    /// When the lease ends by the leader's time; none: not seen.
    expires_ms: Option<u64>,
}

impl Model for Lock {
    type State = State;
    type Operation = Operation;
    type Answer = Answer;

    fn start(&self) -> State {
        State { holder: None, token: 0 }
    }

    fn step(&self, state: &State, operation: &Operation, answer: &Answer) -> Option<State> {
        match (*operation, *answer) {
            (Operation::Acquire { owner, lease_ms }, Answer::Granted { token, expires_ms }) => {
                let (token, expires_ms) = (Some(token), Some(expires_ms));
                let grant = Holder { owner, token, is_maybe_newer: false, expires_ms };
                self.grant(state, grant, lease_ms)
            }
            (Operation::Acquire { owner, .. }, Answer::Refused) => {
                state.holder.is_some_and(|holder| holder.owner != owner).then_some(*state)
            }
            (Operation::Release { token }, Answer::Released) => {
                state.holder.filter(|holder| holder.may_have(token, state.token))?;
                Some(State { holder: None, token: state.token.max(token) })
            }
            (Operation::Release { token }, Answer::Refused) => match state.holder {
                Some(holder) if holder.token == Some(token) && holder.is_maybe_newer => {
                    Some(State { holder: Some(Holder { token: None, ..holder }), ..*state })
                }
                Some(holder) if holder.token == Some(token) => {
                    self.leases_end.then_some(State { holder: None, ..*state })
                }
                _ => Some(*state),
            },
            (Operation::Status, Answer::Holder(None)) => {
                let is_free = state.holder.is_none() || self.leases_end;
                is_free.then_some(State { holder: None, ..*state })
            }
            (Operation::Status, Answer::Holder(Some((owner, token)))) => {
                let holder = state.holder.filter(|holder| holder.owner == owner)?;
                let is_maybe_newer = holder.is_maybe_newer && holder.token == Some(token);
                holder.may_have(token, state.token).then_some(State {
                    holder: Some(Holder { token: Some(token), is_maybe_newer, ..holder }),
                    token: state.token.max(token),
                })
            }
            _ => None,
        }
    }

    fn unseen(&self, state: &State, operation: &Operation) -> State {
        match *operation {
            Operation::Acquire { owner, .. } => match state.holder {
                // The holder's lease was renewed, until when, nobody saw, or had ended before.
                Some(holder) if holder.owner == owner => {
                    let is_maybe_newer = self.leases_end;
                    let holder = Holder { expires_ms: None, is_maybe_newer, ..holder };
                    State { holder: Some(holder), ..*state }
                }
                Some(_) if !self.leases_end => *state,
                _ => {
                    let (token, expires_ms) = (None, None);
                    let holder = Holder { owner, token, is_maybe_newer: false, expires_ms };
                    State { holder: Some(holder), ..*state }
                }
            },
            Operation::Release { token } => match state.holder {
                Some(holder) if holder.token == Some(token) => {
                    // Nothing happens when the owner has a newer token by now.
                    let unsure = holder.is_maybe_newer.then_some(Holder { token: None, ..holder });
                    State { holder: unsure, ..*state }
                }
                _ => *state,
            },
            Operation::Status => *state,
        }
    }
}

impl Holder {
    /// Whether this holder may have `token`, when `largest` is the largest one seen.
    fn may_have(&self, token: u64, largest: u64) -> bool {
        let is_unsure = self.token.is_none() || self.is_maybe_newer;
        self.token == Some(token) || (is_unsure && token > largest)
    }
}

impl Lock {
    fn grant(&self, state: &State, grant: Holder, lease_ms: u64) -> Option<State> {
        let token = grant.token?;
        let granted_ms = grant.expires_ms?.saturating_sub(lease_ms);
        let after = State { holder: Some(grant), token: state.token.max(token) };
        let Some(holder) = state.holder else {
            return (token > state.token).then_some(after);
        };
        if holder.owner == grant.owner && holder.may_have(token, state.token) {
            return Some(after);
        }
        // Somebody held it, or the same owner under another token: that lease must have ended.
        let has_ended = holder.expires_ms.is_none_or(|ended_ms| ended_ms <= granted_ms);
        (self.leases_end && has_ended && token > state.token).then_some(after)
    }
}
