//! Sorted sets.

use std::collections::BTreeMap;

use bytes::Bytes;
use structures::set::Combination;
use structures::sorted::{
    AddOptions, Aggregate, Combined, Command, LexBound, Moves, Only, Query, Range, ScoreBound,
    Slice,
};
use structures::{Answer, Direction, Refusal, names};

use crate::kit::{Bench, Random, bytes, text, texts};

pub(crate) fn add(name: &str, members: &[(f64, &str)]) -> Command {
    add_with(name, members, AddOptions::default())
}

fn add_with(name: &str, members: &[(f64, &str)], options: AddOptions) -> Command {
    let members = members.iter().map(|(score, member)| (*score, text(member))).collect();
    Command::Add { name: text(name), members, options }
}

fn scored(members: &[(&str, f64)]) -> Answer {
    Answer::Scored(members.iter().map(|(member, score)| (text(member), *score)).collect())
}

fn slice(range: Range) -> Slice {
    Slice { range, direction: Direction::Up, offset: 0, count: None }
}

fn everything() -> Range {
    Range::Index { from: 0, to: -1 }
}

fn all(bench: &Bench, name: &str) -> Answer {
    bench.read(Query::Range { name: text(name), slice: slice(everything()) })
}

fn between(from: ScoreBound, to: ScoreBound) -> Range {
    Range::Score { from, to }
}

#[test]
fn members_stand_in_the_order_of_score_and_bytes() {
    let mut bench = Bench::new();
    let members = [(2.0, "b"), (1.0, "z"), (2.0, "a"), (f64::NEG_INFINITY, "low"), (-0.0, "0")];
    assert_eq!(bench.write(add("z", &members)), Answer::Integer(5));
    let low = ("low", f64::NEG_INFINITY);
    assert_eq!(all(&bench, "z"), scored(&[low, ("0", 0.0), ("z", 1.0), ("a", 2.0), ("b", 2.0)]));
    let rank =
        |member: &str, direction| Query::Rank { name: text("z"), member: text(member), direction };
    assert_eq!(bench.read(rank("a", Direction::Up)), Answer::Integer(3));
    assert_eq!(bench.read(rank("a", Direction::Down)), Answer::Integer(1));
    assert_eq!(bench.read(rank("x", Direction::Up)), Answer::Nothing);
    let scores = Query::Scores { name: text("z"), members: texts(&["b", "x"]) };
    assert_eq!(bench.read(scores), Answer::List(vec![Answer::Float(2.0), Answer::Nothing]));
    let refused = bench.try_write(add("z", &[(f64::NAN, "x")]));
    assert_eq!(refused, Err(Refusal::NotANumber));
}

#[test]
fn options_say_which_scores_change() {
    let mut bench = Bench::new();
    let options = |only, moves, counts_changed| AddOptions { only, moves, counts_changed };
    bench.write(add("z", &[(5.0, "a")]));
    for (only, moves, score, member, answer, left) in [
        (Only::New, Moves::Anywhere, 1.0, "a", 0, 5.0),
        (Only::Existing, Moves::Anywhere, 1.0, "b", 0, 5.0),
        (Only::Existing, Moves::Anywhere, 6.0, "a", 1, 6.0),
        (Only::Any, Moves::Up, 5.0, "a", 0, 6.0),
        (Only::Any, Moves::Down, 5.0, "a", 1, 5.0),
        (Only::Any, Moves::Down, 5.0, "a", 0, 5.0),
    ] {
        let command = add_with("z", &[(score, member)], options(only, moves, true));
        assert_eq!(bench.write(command), Answer::Integer(answer), "{only:?} {moves:?}");
        assert_eq!(all(&bench, "z"), scored(&[("a", left)]));
    }
    let command = add_with("x", &[(1.0, "a")], options(Only::Existing, Moves::Anywhere, false));
    assert_eq!(bench.write(command), Answer::Integer(0));
    let command = add_with("z", &[(7.0, "a"), (1.0, "b")], AddOptions::default());
    assert_eq!(bench.write(command), Answer::Integer(1));
}

#[test]
fn scores_are_incremented() {
    let mut bench = Bench::new();
    let increment = |by, only| Command::Increment {
        name: text("z"),
        member: text("a"),
        by,
        options: AddOptions { only, ..AddOptions::default() },
    };
    assert_eq!(bench.write(increment(1.0, Only::Existing)), Answer::Nothing);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
    assert_eq!(bench.write(increment(1.5, Only::Any)), Answer::Float(1.5));
    assert_eq!(bench.write(increment(-2.0, Only::Any)), Answer::Float(-0.5));
    assert_eq!(bench.write(increment(1.0, Only::New)), Answer::Nothing);
    bench.write(increment(f64::INFINITY, Only::Any));
    assert_eq!(bench.try_write(increment(f64::NEG_INFINITY, Only::Any)), Err(Refusal::NotFinite));
}

#[test]
fn ranges_are_cut_by_index_score_and_bytes() {
    let mut bench = Bench::new();
    bench.write(add("z", &[(1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "d")]));
    let (a, b, c, d) = (("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0));
    use ScoreBound::{Excluded, Included};
    for (range, direction, offset, count, expected) in [
        (Range::Index { from: 1, to: 2 }, Direction::Up, 0, None, vec![b, c]),
        (Range::Index { from: 0, to: 1 }, Direction::Down, 0, None, vec![d, c]),
        (Range::Index { from: -2, to: -1 }, Direction::Down, 0, None, vec![b, a]),
        (between(Included(2.0), Excluded(4.0)), Direction::Up, 0, None, vec![b, c]),
        (between(Excluded(1.0), Included(9.0)), Direction::Down, 1, Some(1), vec![c]),
        (
            between(Included(f64::NEG_INFINITY), Included(f64::INFINITY)),
            Direction::Up,
            3,
            Some(9),
            vec![d],
        ),
        (between(Included(3.0), Included(1.0)), Direction::Up, 0, None, vec![]),
        (between(Included(0.0), Included(9.0)), Direction::Up, 9, None, vec![]),
    ] {
        let slice = Slice { range, direction, offset, count };
        let answer = bench.read(Query::Range { name: text("z"), slice: slice.clone() });
        assert_eq!(answer, scored(&expected), "{slice:?}");
    }

    bench.write(add("l", &[(0.0, "a"), (0.0, "aa"), (0.0, "b"), (0.0, "c")]));
    for (from, to, expected) in [
        (LexBound::First, LexBound::Last, 4),
        (LexBound::Included(text("a")), LexBound::Excluded(text("b")), 2),
        (LexBound::Excluded(text("a")), LexBound::Included(text("b")), 2),
        (LexBound::Excluded(text("a")), LexBound::Excluded(text("aa")), 0),
        (LexBound::Last, LexBound::First, 0),
        (LexBound::Included(text("c")), LexBound::Included(text("a")), 0),
    ] {
        let range = Range::Lex { from, to };
        let query = Query::Count { name: text("l"), range: range.clone() };
        assert_eq!(bench.read(query), Answer::Integer(expected), "{range:?}");
    }
    let range = Range::Lex { from: LexBound::First, to: LexBound::Excluded(text("b")) };
    assert_eq!(bench.write(Command::RemoveRange { name: text("l"), range }), Answer::Integer(2));
    assert_eq!(all(&bench, "l"), scored(&[("b", 0.0), ("c", 0.0)]));
}

#[test]
fn members_are_popped_from_either_end() {
    let mut bench = Bench::new();
    bench.write(add("z", &[(1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "d")]));
    let pop = |direction, count| Command::Pop { name: text("z"), direction, count };
    assert_eq!(bench.write(pop(Direction::Up, 1)), scored(&[("a", 1.0)]));
    assert_eq!(bench.write(pop(Direction::Down, 2)), scored(&[("d", 4.0), ("c", 3.0)]));
    let names = texts(&["x", "z"]);
    let first = Command::PopFirst { names, direction: Direction::Up, count: 9 };
    assert_eq!(bench.write(first.clone()), Answer::List(vec![bytes("z"), scored(&[("b", 2.0)])]));
    assert_eq!(bench.write(first), Answer::Nothing);
    bench.assert_leaves_nothing();
}

#[test]
fn sorted_sets_and_sets_are_combined_with_weights() {
    let mut bench = Bench::new();
    bench.write(add("a", &[(1.0, "x"), (2.0, "y")]));
    bench.write(add("b", &[(10.0, "y"), (30.0, "z")]));
    bench.write(crate::sets::add("s", &["x", "z"]));
    let combined = |combination, inputs: &[(&str, f64)], aggregate| Combined {
        combination,
        inputs: inputs.iter().map(|(name, weight)| (text(name), *weight)).collect(),
        aggregate,
    };
    for (combined, expected) in [
        (
            combined(Combination::Union, &[("a", 2.0), ("b", 1.0)], Aggregate::Sum),
            scored(&[("x", 2.0), ("y", 14.0), ("z", 30.0)]),
        ),
        (
            combined(Combination::Union, &[("a", 1.0), ("s", 5.0)], Aggregate::Max),
            scored(&[("y", 2.0), ("x", 5.0), ("z", 5.0)]),
        ),
        (
            combined(Combination::Intersection, &[("a", 1.0), ("b", 1.0)], Aggregate::Min),
            scored(&[("y", 2.0)]),
        ),
        (
            combined(Combination::Difference, &[("a", 1.0), ("s", 1.0)], Aggregate::Sum),
            scored(&[("y", 2.0)]),
        ),
        (combined(Combination::Union, &[("none", 1.0)], Aggregate::Sum), scored(&[])),
    ] {
        assert_eq!(bench.read(Query::Combine { combined: combined.clone() }), expected);
        bench.write(Command::Store { to: text("to"), combined });
        assert_eq!(all(&bench, "to"), expected);
    }
    let inputs = [("i", f64::INFINITY), ("i", 0.0)];
    bench.write(add("i", &[(0.0, "m")]));
    let nan = combined(Combination::Union, &inputs, Aggregate::Sum);
    assert_eq!(bench.read(Query::Combine { combined: nan }), scored(&[("m", 0.0)]));
}

#[test]
fn a_range_is_stored() {
    let mut bench = Bench::new();
    bench.write(add("z", &[(1.0, "a"), (2.0, "b"), (3.0, "c")]));
    let range = Range::Index { from: 0, to: 1 };
    let slice = Slice { direction: Direction::Down, ..slice(range) };
    let store = Command::StoreRange { to: text("to"), from: text("z"), slice: slice.clone() };
    assert_eq!(bench.write(store), Answer::Integer(2));
    assert_eq!(all(&bench, "to"), scored(&[("b", 2.0), ("c", 3.0)]));
    let store = Command::StoreRange { to: text("to"), from: text("none"), slice };
    assert_eq!(bench.write(store), Answer::Integer(0));
    let kind = bench.read(names::Query::Kind { name: text("to") });
    assert_eq!(kind, Answer::Nothing);
}

#[test]
fn random_commands_do_what_a_naive_sorted_set_does() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let mut model: BTreeMap<Bytes, i32> = BTreeMap::new();
        for step in 0..300 {
            step_of_sorted(&mut bench, &mut model, &mut random);
            if step % 10 == 0 {
                let mut members: Vec<(i32, Bytes)> =
                    model.iter().map(|(member, score)| (*score, member.clone())).collect();
                members.sort();
                let expected: Vec<(Bytes, f64)> = members
                    .iter()
                    .map(|(score, member)| (member.clone(), f64::from(*score)))
                    .collect();
                assert_eq!(all(&bench, "z"), Answer::Scored(expected), "seed {seed}, step {step}");
                for (rank, (_, member)) in members.iter().enumerate().step_by(7) {
                    let (name, member) = (text("z"), member.clone());
                    let query = Query::Rank { name, member, direction: Direction::Up };
                    let rank = Answer::Integer(i64::try_from(rank).unwrap());
                    assert_eq!(bench.read(query), rank, "seed {seed}, step {step}");
                }
            }
        }
        bench.assert_leaves_nothing();
    }
}

fn step_of_sorted(bench: &mut Bench, model: &mut BTreeMap<Bytes, i32>, random: &mut Random) {
    let name = text("z");
    let mut score = || i32::try_from(random.below(20)).unwrap() - 10;
    let (low, high) = (score(), score());
    match random.below(4) {
        0 | 1 => {
            let mut members = Vec::new();
            for _ in 0..random.below(20) {
                let score = i32::try_from(random.below(20)).unwrap() - 10;
                let member = random.word(200);
                model.insert(member.clone(), score);
                members.push((f64::from(score), member));
            }
            bench.write(Command::Add { name, members, options: AddOptions::default() });
        }
        2 => {
            let members: Vec<Bytes> = (0..random.below(20)).map(|_| random.word(200)).collect();
            model.retain(|member, _| !members.contains(member));
            bench.write(Command::Remove { name, members });
        }
        _ => {
            let from = ScoreBound::Included(f64::from(low));
            let range = between(from, ScoreBound::Excluded(f64::from(high.min(low + 3))));
            model.retain(|_, score| !(low..high.min(low + 3)).contains(score));
            bench.write(Command::RemoveRange { name, range });
        }
    }
}
