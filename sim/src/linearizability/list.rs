//! Calls and answers in the order of time, from which operations are lifted and put back.

use super::Event;

/// The place of a call or an answer in the list.
pub(super) type Place = usize;

/// Stands before the first and after the last one.
const RIM: Place = 0;

#[derive(Debug)]
pub(super) struct List {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The event in the history.
    pub(super) event: usize,
    pub(super) is_answer: bool,
    /// The answer to this call; the rim when there is none.
    answer: Place,
    before: Place,
    after: Place,
}

impl List {
    pub(super) fn of<O, A>(history: &[Event<O, A>]) -> Self {
        let mut marks = Vec::new();
        for (event, what) in history.iter().enumerate() {
            marks.push((what.called, false, event));
            marks.extend(what.answer.as_ref().map(|(at, _)| (*at, true, event)));
        }
        // Of what has the same time, calls come first: these are concurrent.
        marks.sort_unstable();
        let rim = Node { event: 0, is_answer: false, answer: RIM, before: RIM, after: RIM };
        let mut list = Self { nodes: vec![rim] };
        let mut calls = vec![RIM; history.len()];
        for (_, is_answer, event) in marks {
            let (place, last) = (list.nodes.len(), list.node(RIM).before);
            list.nodes.push(Node { event, is_answer, answer: RIM, before: last, after: RIM });
            list.node_mut(last).after = place;
            list.node_mut(RIM).before = place;
            let call = calls.get_mut(event).expect("each event has a call");
            if is_answer {
                list.node_mut(*call).answer = place;
            } else {
                *call = place;
            }
        }
        list
    }

    pub(super) fn first(&self) -> Option<Place> {
        self.next(RIM)
    }

    pub(super) fn next(&self, place: Place) -> Option<Place> {
        Some(self.node(place).after).filter(|after| *after != RIM)
    }

    pub(super) fn node(&self, place: Place) -> Node {
        *self.nodes.get(place).expect("places are made here")
    }

    fn node_mut(&mut self, place: Place) -> &mut Node {
        self.nodes.get_mut(place).expect("places are made here")
    }

    /// Takes a call and its answer out.
    pub(super) fn lift(&mut self, call: Place) {
        self.unlink(call);
        let answer = self.node(call).answer;
        if answer != RIM {
            self.unlink(answer);
        }
    }

    /// Puts back what was lifted last.
    pub(super) fn put_back(&mut self, call: Place) {
        let answer = self.node(call).answer;
        if answer != RIM {
            self.link(answer);
        }
        self.link(call);
    }

    fn unlink(&mut self, place: Place) {
        let Node { before, after, .. } = self.node(place);
        self.node_mut(before).after = after;
        self.node_mut(after).before = before;
    }

    fn link(&mut self, place: Place) {
        let Node { before, after, .. } = self.node(place);
        self.node_mut(before).after = place;
        self.node_mut(after).before = place;
    }
}
