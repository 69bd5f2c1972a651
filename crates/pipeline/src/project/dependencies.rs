//! What pipelines need of each other: who has to exist, who goes first, who may run now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::Json;
use model::fault::Chain;
use model::pipeline_id::PipelineId;
use model::run_state::RunState;
use store::source::SourceOptions;

use super::push_once;
use crate::context::Context;
use crate::limits;
use crate::package_source::PackageSource;
use crate::spec::{Dependency, PipelineSpec, SpecError};

/// The stat of a run that says where its data package is.
const OUT_URL: [&str; 2] = [".dpp", "out-datapackage-url"];

/// What is known about a pipeline that another one depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct DependencyState {
    pub state: RunState,
    /// Whether it has changed since its last successful run.
    pub dirty: bool,
    /// Its own errors.
    pub errors: Vec<String>,
}

/// The pipelines that `spec` names as dependencies, as positions in `all`; those there are.
fn positions<'a>(
    spec: &'a PipelineSpec,
    all: &'a BTreeMap<String, usize>,
) -> impl Iterator<Item = usize> + 'a {
    spec.dependencies.iter().filter_map(|dependency| match dependency {
        Dependency::Pipeline(id) => all.get(id.short()).copied(),
        Dependency::Datapackage(_) => None,
    })
}

fn index<'a>(pipelines: impl IntoIterator<Item = &'a PipelineSpec>) -> BTreeMap<String, usize> {
    let mut index = BTreeMap::new();
    for (at, pipeline) in pipelines.into_iter().enumerate() {
        index.entry(pipeline.id.short().to_owned()).or_insert(at);
    }
    index
}

/// Adds an error to each pipeline whose dependencies are not there or lead back to it.
pub(super) fn check(pipelines: &mut [PipelineSpec]) {
    for pipeline in pipelines.iter_mut() {
        pipeline.errors.retain(|error| {
            !matches!(error, SpecError::MissingDependency { .. } | SpecError::Circle { .. })
        });
    }
    let by_id = index(pipelines.iter());
    let needs: Vec<Vec<usize>> =
        pipelines.iter().map(|spec| positions(spec, &by_id).collect()).collect();
    let circles = circles(&needs);
    let ids: Vec<PipelineId> = pipelines.iter().map(|pipeline| pipeline.id.clone()).collect();
    for (at, pipeline) in pipelines.iter_mut().enumerate() {
        for dependency in pipeline.dependencies.clone() {
            if let Dependency::Pipeline(id) = dependency
                && !by_id.contains_key(id.short())
            {
                push_once(pipeline, SpecError::MissingDependency { id: id.to_string() });
            }
        }
        if let Some(circle) = circles.get(&at) {
            let names: Vec<&str> =
                circle.iter().filter_map(|at| ids.get(*at)).map(PipelineId::as_str).collect();
            if let Some(id) = circle.get(1).and_then(|next| ids.get(*next)) {
                let circle = names.join(" -> ");
                push_once(pipeline, SpecError::Circle { id: id.clone(), circle });
            }
        }
    }
}

/// For each pipeline that reaches itself, the shortest way from it to itself.
fn circles(needs: &[Vec<usize>]) -> BTreeMap<usize, Vec<usize>> {
    let leftover = unsorted(needs);
    let mut circles = BTreeMap::new();
    for start in leftover {
        if let Some(way) = way_back(start, needs) {
            circles.insert(start, way);
        }
    }
    circles
}

/// The pipelines that no order can hold: those of circles and those that depend on one.
fn unsorted(needs: &[Vec<usize>]) -> Vec<usize> {
    let sorted: BTreeSet<usize> = sort(needs).into_iter().collect();
    (0..needs.len()).filter(|at| !sorted.contains(at)).collect()
}

/// Positions so that what is needed comes first; otherwise in their own order. Circles are left
/// out, and who needs them.
fn sort(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> =
        needs.iter().map(|needed| needed.iter().collect::<BTreeSet<_>>().len()).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        for other in needed.iter().collect::<BTreeSet<_>>() {
            if let Some(list) = needed_by.get_mut(*other) {
                list.push(at);
            }
        }
    }
    let mut ready: BTreeSet<usize> =
        waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(at, _)| at).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for other in needed_by.get(at).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*other) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*other);
                }
            }
        }
    }
    order
}

/// The shortest way from `start` over what it needs back to `start`, both ends named.
fn way_back(start: usize, needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in needs.get(at).into_iter().flatten().copied() {
            if next == start {
                let mut way = vec![start];
                let mut step = at;
                while step != start {
                    way.push(step);
                    step = *came_from.get(&step)?;
                }
                way.push(start);
                way.reverse();
                return Some(way);
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// The positions of `pipelines` in the order in which they run, each with those (among them) that
/// it waits for. Pipelines in a circle come last; they have errors and do not run.
pub fn run_order(pipelines: &[&PipelineSpec]) -> Vec<(usize, Vec<usize>)> {
    let by_id = index(pipelines.iter().copied());
    let needs: Vec<Vec<usize>> =
        pipelines.iter().map(|spec| positions(spec, &by_id).collect()).collect();
    let mut order = sort(&needs);
    order.extend(unsorted(&needs));
    order.into_iter().map(|at| (at, needs.get(at).cloned().unwrap_or_default())).collect()
}

/// Why `spec` may not run now.
///
/// `state` tells about another pipeline; nothing when it is run before this one in the same go.
pub fn unready(
    spec: &PipelineSpec,
    state: &dyn Fn(&PipelineId) -> Option<DependencyState>,
) -> Vec<SpecError> {
    let mut errors = Vec::new();
    for dependency in &spec.dependencies {
        let Dependency::Pipeline(id) = dependency else { continue };
        let Some(known) = state(id) else { continue };
        let id = id.clone();
        match known.state {
            RunState::Invalid => errors.push(SpecError::InvalidDependency { id: id.clone() }),
            RunState::Failed => errors.push(SpecError::FailedDependency { id: id.clone() }),
            RunState::Init | RunState::Running => {
                errors.push(SpecError::DirtyDependency { id: id.clone() });
            }
            RunState::Succeeded if known.dirty => {
                errors.push(SpecError::DirtyDependency { id: id.clone() });
            }
            RunState::Succeeded => continue,
        }
        errors
            .extend(known.errors.into_iter().map(|text| SpecError::From { id: id.clone(), text }));
    }
    errors
}

/// What tells one state of the data package at `location` from another: the hash that its writer
/// put into its descriptor.
///
/// # Errors
///
/// [`SpecError`] when there is no data package, or none with a hash.
pub fn datapackage_hash(location: &str, ctx: &Context) -> Result<String, SpecError> {
    let mut options = SourceOptions::default();
    options.fetch.retries = limits::PROBE_RETRIES;
    options.fetch.read_timeout_ms = limits::PROBE_TIMEOUT_MS;
    let source = PackageSource::open(location, options, ctx).map_err(|error| {
        let reason = Chain(&error).to_string();
        SpecError::DatapackageUnopened { location: location.to_owned(), reason }
    })?;
    let hash = source.package.descriptor.get("hash").and_then(Json::as_str);
    hash.map(str::to_owned).ok_or_else(|| SpecError::Datapackage { location: location.to_owned() })
}

/// The first line of the wire: where the data packages are that the dependencies of `spec` wrote.
///
/// `stats` gives the folder and the stats of the last successful run of a pipeline. A relative
/// path is below that folder; here it becomes an absolute one, so that every reader finds it.
pub fn urls<'a>(
    spec: &PipelineSpec,
    stats: &dyn Fn(&PipelineId) -> Option<(&'a Path, &'a Json)>,
) -> BTreeMap<String, String> {
    let mut urls = BTreeMap::new();
    for dependency in &spec.dependencies {
        let Dependency::Pipeline(id) = dependency else { continue };
        let Some((folder, stats)) = stats(id) else { continue };
        let [outer, inner] = OUT_URL;
        let Some(url) = stats.get(outer).and_then(|own| own.get(inner)).and_then(Json::as_str)
        else {
            continue;
        };
        let url = if url.contains("://") {
            url.to_owned()
        } else {
            folder.join(url).to_string_lossy().into_owned()
        };
        urls.insert(id.to_string(), url);
    }
    urls
}

#[cfg(test)]
mod tests;
