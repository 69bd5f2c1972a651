//! Sorted sets: members with scores, in the order of the scores.

use bytes::Bytes;
use structures::Answer;
use structures::sorted::{
    AddOptions, Aggregate, Combined, Command, LexBound, Moves, Only, Query, Range, ScoreBound,
    Slice,
};

use super::body::set::{Members, RandomQuery, ScanQuery};
use super::body::sorted_set as body;
use super::body::{Count, Freshness};
use super::call::{Call, Json, NoQuery};
use super::convert::{all, count, cursor, page, page_count, want};
use super::problem::Problem;
use super::request::RequestError;
use super::route::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    const SET: &str = "/api/v1/sorted-sets/{set}";
    const MEMBERS: &str = "/api/v1/sorted-sets/{set}/members";
    const SCAN: &str = "/api/v1/sorted-sets/{set}/scan";
    const ADD: &str = "/api/v1/sorted-sets/{set}/add";
    const INCREMENT: &str = "/api/v1/sorted-sets/{set}/increment";
    const REMOVE: &str = "/api/v1/sorted-sets/{set}/remove";
    const REMOVE_RANGE: &str = "/api/v1/sorted-sets/{set}/remove-range";
    const SCORES: &str = "/api/v1/sorted-sets/{set}/scores";
    const RANK: &str = "/api/v1/sorted-sets/{set}/rank";
    const POP: &str = "/api/v1/sorted-sets/{set}/pop";
    const RANDOM: &str = "/api/v1/sorted-sets/{set}/random";
    const STORE: &str = "/api/v1/sorted-sets/{set}/store";
    vec![
        get(SET, "sorted_set_size", "Counts the members of a sorted set", size),
        get(MEMBERS, "sorted_set_range", "Reads members in the order of their scores", range),
        get(SCAN, "sorted_set_scan", "Reads a page of members", scan),
        get(RANK, "sorted_set_rank", "Says how many members stand before one", rank),
        get(RANDOM, "sorted_set_random", "Reads members at random", random),
        post(SCORES, "sorted_set_scores", "Reads the scores of some members", scores),
        post(ADD, "sorted_set_add", "Adds members or changes their scores", add),
        post(INCREMENT, "sorted_set_increment", "Adds to the score of a member", increment),
        post(REMOVE, "sorted_set_remove", "Removes members", remove),
        post(REMOVE_RANGE, "sorted_set_remove_range", "Removes members in a row", remove_range),
        post(POP, "sorted_set_pop", "Takes the first or the last members", pop),
        post(STORE, "sorted_set_store", "Stores a combination of sorted sets", store),
        post("/api/v1/combine/sorted-sets", "sorted_set_combine", "Combines them", combine),
    ]
}

async fn size(call: Call<1, Freshness>) -> Result<Json<Count>, Problem> {
    let [name] = call.at;
    let answer = call.desk.read(Query::Len { name }, call.query.stale).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn range(call: Call<1, body::SliceQuery>) -> Result<Json<body::Scored>, Problem> {
    let ([name], query) = (call.at, call.query);
    let stale = query.stale;
    let slice = slice(query)?;
    scored(call.desk.read(Query::Range { name, slice }, stale).await?)
}

/// Of indexes, scores and members at most one kind says what is meant.
fn slice(query: body::SliceQuery) -> Result<Slice, Problem> {
    let body::SliceQuery { from, to, min, max, first, last, direction, offset, count, .. } = query;
    let by_index = from.is_some() || to.is_some();
    let by_score = min.is_some() || max.is_some();
    let by_member = first.is_some() || last.is_some();
    if u8::from(by_index) + u8::from(by_score) + u8::from(by_member) > 1 {
        let reason = "indexes (`from`, `to`), scores (`min`, `max`) and members (`first`, `last`) \
            exclude each other";
        return Err(RequestError::parameter("query", reason).into());
    }
    let range = if by_score {
        Range::Score {
            from: ScoreBound::Included(min.unwrap_or(f64::NEG_INFINITY)),
            to: ScoreBound::Included(max.unwrap_or(f64::INFINITY)),
        }
    } else if by_member {
        Range::Lex {
            from: first.map_or(LexBound::First, |first| LexBound::Included(first.into())),
            to: last.map_or(LexBound::Last, |last| LexBound::Included(last.into())),
        }
    } else {
        Range::Index { from: from.unwrap_or(0), to: to.unwrap_or(-1) }
    };
    Ok(Slice { range, direction: direction.into(), offset, count })
}

fn scored(answer: Answer) -> Result<Json<body::Scored>, Problem> {
    Ok(Json(body::Scored { members: members(answer)? }))
}

fn members(answer: Answer) -> Result<Vec<body::ScoredMember>, Problem> {
    let scored = want!(answer, Answer::Scored(scored) => scored);
    let members = scored.into_iter();
    let members = members
        .map(|(member, score)| body::ScoredMember { member: member.into(), score: score.into() });
    Ok(members.collect())
}

async fn scan(call: Call<1, ScanQuery>) -> Result<Json<body::ScoredPage>, Problem> {
    let ([name], query) = (call.at, call.query);
    let after = cursor(query.after.as_deref())?;
    let (matching, count) = (query.matching.map(Bytes::from), page_count(query.count));
    let scan = Query::Scan { name, after, matching, count };
    let (found, next) = page(call.desk.read(scan, query.stale).await?)?;
    Ok(Json(body::ScoredPage { members: members(found)?, next }))
}

async fn rank(call: Call<1, body::RankQuery>) -> Result<Json<body::Rank>, Problem> {
    let ([name], query) = (call.at, call.query);
    let member = Bytes::from(query.member);
    let rank = Query::Rank { name, member: member.clone(), direction: query.direction.into() };
    Ok(Json(want!(call.desk.read(rank, query.stale).await?,
        Answer::Integer(rank) => body::Rank { rank },
        Answer::Nothing => return Err(RequestError::absent(&member).into()),
    )))
}

async fn random(call: Call<1, RandomQuery>) -> Result<Json<body::Scored>, Problem> {
    let ([name], query) = (call.at, call.query);
    let random = Query::Random { name, count: query.count, chance: call.desk.chance() };
    scored(call.desk.read(random, query.stale).await?)
}

async fn scores(call: Call<1, Freshness, Json<Members>>) -> Result<Json<body::Scores>, Problem> {
    let ([name], Json(Members { members })) = (call.at, call.input);
    let query = Query::Scores { name, members: all(members) };
    let answer = call.desk.read(query, call.query.stale).await?;
    let found = want!(answer, Answer::List(found) => found);
    let scores = found.into_iter().map(|score| match score {
        Answer::Float(score) => Some(score.into()),
        _ => None,
    });
    Ok(Json(body::Scores { scores: scores.collect() }))
}

async fn add(call: Call<1, NoQuery, Json<body::AddScored>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(wanted)) = (call.at, call.input);
    let body::AddScored { members, only, moves, counts_changed } = wanted;
    let members = members.into_iter().map(|one| (one.score.into(), one.member.into())).collect();
    let options = AddOptions { only: only.into(), moves: moves.into(), counts_changed };
    let answer = call.desk.write(Command::Add { name, members, options }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn increment(
    call: Call<1, NoQuery, Json<body::Increment>>,
) -> Result<Json<body::OneScore>, Problem> {
    let ([name], Json(body::Increment { member, by })) = (call.at, call.input);
    let (member, by, options) = (member.into(), by.into(), AddOptions::default());
    Ok(Json(want!(call.desk.write(Command::Increment { name, member, by, options }).await?,
        Answer::Float(score) => body::OneScore { score: Some(score.into()) },
        Answer::Nothing => body::OneScore { score: None },
    )))
}

async fn remove(call: Call<1, NoQuery, Json<Members>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(Members { members })) = (call.at, call.input);
    let answer = call.desk.write(Command::Remove { name, members: all(members) }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn remove_range(call: Call<1, NoQuery, Json<body::Span>>) -> Result<Json<Count>, Problem> {
    let ([name], Json(span)) = (call.at, call.input);
    let range = match span {
        body::Span::Index { from, to } => Range::Index { from, to },
        body::Span::Score { min, max } => Range::Score {
            from: ScoreBound::Included(min.into()),
            to: ScoreBound::Included(max.into()),
        },
        body::Span::Member { first, last } => Range::Lex {
            from: LexBound::Included(first.into()),
            to: LexBound::Included(last.into()),
        },
    };
    let answer = call.desk.write(Command::RemoveRange { name, range }).await?;
    Ok(Json(Count { count: count(&answer)? }))
}

async fn pop(call: Call<1, NoQuery, Json<body::PopScored>>) -> Result<Json<body::Scored>, Problem> {
    let ([name], Json(body::PopScored { count, direction })) = (call.at, call.input);
    let direction = direction.into();
    scored(call.desk.write(Command::Pop { name, direction, count }).await?)
}

async fn store(call: Call<1, NoQuery, Json<body::CombineScored>>) -> Result<Json<Count>, Problem> {
    let ([to], Json(wanted)) = (call.at, call.input);
    let store = Command::Store { to, combined: wanted.into() };
    Ok(Json(Count { count: count(&call.desk.write(store).await?)? }))
}

async fn combine(
    call: Call<0, Freshness, Json<body::CombineScored>>,
) -> Result<Json<body::Scored>, Problem> {
    let Json(wanted) = call.input;
    let combine = Query::Combine { combined: wanted.into() };
    scored(call.desk.read(combine, call.query.stale).await?)
}

impl From<body::CombineScored> for Combined {
    fn from(wanted: body::CombineScored) -> Self {
        let inputs = wanted.inputs.into_iter().map(|input| (input.name.into(), input.weight));
        let aggregate = match wanted.aggregate {
            body::Aggregate::Sum => Aggregate::Sum,
            body::Aggregate::Min => Aggregate::Min,
            body::Aggregate::Max => Aggregate::Max,
        };
        Self { combination: wanted.combination.into(), inputs: inputs.collect(), aggregate }
    }
}

impl From<body::Only> for Only {
    fn from(only: body::Only) -> Self {
        match only {
            body::Only::Any => Self::Any,
            body::Only::New => Self::New,
            body::Only::Existing => Self::Existing,
        }
    }
}

impl From<body::Moves> for Moves {
    fn from(moves: body::Moves) -> Self {
        match moves {
            body::Moves::Anywhere => Self::Anywhere,
            body::Moves::Up => Self::Up,
            body::Moves::Down => Self::Down,
        }
    }
}
