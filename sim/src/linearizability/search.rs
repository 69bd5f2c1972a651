//! The search for an order.

use std::collections::BTreeSet;

use super::list::{List, Place};
use super::{Event, Model, Part, SHOWN_MAX, Violation, describe};

pub(super) struct Search<'a, M: Model> {
    model: &'a M,
    history: &'a [Event<M::Operation, M::Answer>],
    list: List,
    /// What is done, in its order: the place of the call, and the state before.
    order: Vec<(Place, M::State)>,
    state: M::State,
    done: Done,
    /// What was done and the state after it: no way from there is tried twice.
    tried: BTreeSet<(Done, M::State)>,
    /// The latest answer that no order reached beyond, and the best order up to there.
    stuck: Option<(Place, Vec<usize>, M::State)>,
}

/// A set of events, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Done(Vec<u64>);

impl Done {
    fn flip(&mut self, event: usize) {
        let word = self.0.get_mut(event / 64).expect("there is a bit for each event");
        *word ^= 1 << (event % 64);
    }

    fn holds(&self, event: usize) -> bool {
        self.0.get(event / 64).is_some_and(|word| word >> (event % 64) & 1 == 1)
    }
}

impl<'a, M: Model> Search<'a, M> {
    pub(super) fn new(model: &'a M, history: &'a [Event<M::Operation, M::Answer>]) -> Self {
        Self {
            model,
            history,
            list: List::of(history),
            order: Vec::new(),
            state: model.start(),
            done: Done(vec![0; history.len().div_ceil(64)]),
            tried: BTreeSet::new(),
            stuck: None,
        }
    }

    pub(super) fn run(mut self, steps_max: u64) -> Result<(), Violation> {
        let mut at = self.list.first();
        for _ in 0..steps_max {
            // Beyond the last answer there are only calls that nobody knows the end of.
            let Some(place) = at else { return Ok(()) };
            let node = self.list.node(place);
            if node.is_answer {
                self.note_stuck(place);
                let Some((call, before)) = self.order.pop() else {
                    return Err(Violation::Inexplicable(self.part()));
                };
                self.list.put_back(call);
                self.done.flip(self.list.node(call).event);
                self.state = before;
                at = self.list.next(call);
            } else if self.take(place, node.event) {
                at = self.list.first();
            } else {
                at = self.list.next(place);
            }
        }
        Err(Violation::Undecided { steps: steps_max })
    }

    fn event(&self, event: usize) -> &'a Event<M::Operation, M::Answer> {
        self.history.get(event).expect("the list is of this history")
    }

    /// Lets an operation come next, when it can and when that leads to something new.
    fn take(&mut self, place: Place, event: usize) -> bool {
        let Event { operation, answer, .. } = self.event(event);
        let next = match answer {
            Some((_, answer)) => self.model.step(&self.state, operation, answer),
            // What changes nothing need not have happened.
            None => {
                Some(self.model.unseen(&self.state, operation)).filter(|next| *next != self.state)
            }
        };
        let Some(next) = next else { return false };
        self.done.flip(event);
        if !self.tried.insert((self.done.clone(), next.clone())) {
            self.done.flip(event);
            return false;
        }
        self.list.lift(place);
        self.order.push((place, std::mem::replace(&mut self.state, next)));
        true
    }

    fn note_stuck(&mut self, place: Place) {
        let is_best = self.stuck.as_ref().is_none_or(|(best, order, _)| {
            *best < place || (*best == place && order.len() < self.order.len())
        });
        if is_best {
            let order = self.order.iter().map(|(call, _)| self.list.node(*call).event).collect();
            self.stuck = Some((place, order, self.state.clone()));
        }
    }

    fn part(&self) -> Part {
        let Some((place, order, state)) = &self.stuck else {
            unreachable!("a search that fails was stuck at some answer");
        };
        let mut done = Done(vec![0; self.history.len().div_ceil(64)]);
        for event in order {
            done.flip(*event);
        }
        let until = self.event(self.list.node(*place).event);
        let until = until.answer.as_ref().map_or(u64::MAX, |(at, _)| *at);
        let words = |event: usize| describe(self.event(event));
        let shown = order.len().saturating_sub(SHOWN_MAX);
        let unexplained = (0..self.history.len())
            .filter(|event| !done.holds(*event) && self.event(*event).called <= until);
        Part {
            explained: order.len(),
            last: order.iter().skip(shown).copied().map(words).collect(),
            state: format!("{state:?}"),
            unexplained: unexplained.take(SHOWN_MAX).map(words).collect(),
        }
    }
}
