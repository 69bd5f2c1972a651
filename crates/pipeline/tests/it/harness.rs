//! Runs one processor over rows in the wire encoding, and compares as datapackage-pipelines does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::clock::Clock;
use model::package::Package;
use model::{Json, Map};
use pipeline::chain::{Chain, Stage};
use pipeline::context::{Context, Stats};
use pipeline::definition::Role;
use pipeline::error::{StepError, StepPlace};
use pipeline::processor::{Output, field_names};
use pipeline::processors::find;
use pipeline::segment::{self, Head};
use tabular::Batch;
use tabular::wire::{Decoder, Encoder};

/// What goes into a processor, or comes out of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream {
    pub(crate) package: Json,
    /// The rows of each streaming resource, in order.
    pub(crate) resources: Vec<Vec<Json>>,
    pub(crate) stats: Map,
}

/// A time that stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        0
    }

    fn monotonic_ms(&self) -> u64 {
        0
    }
}

/// The folder of the fixtures of datapackage-pipelines, when it is there.
pub(crate) fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var_os("THORP_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    );
    let folder = folder.join("dpp");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no fixtures at {}; set THORP_FIXTURES", folder.display());
    None
}

/// A temporary copy of the files that the fixtures read, to be worked in.
pub(crate) fn working_folder(fixtures: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tests/data");
    std::fs::create_dir_all(&data).unwrap();
    for entry in std::fs::read_dir(fixtures.join("tests/data")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), data.join(entry.file_name())).unwrap();
    }
    folder
}

/// Reads a JSON file.
pub(crate) fn read_json(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The environment that all fixtures run in.
pub(crate) fn context(base_dir: &Path) -> Context {
    let environment = [("EXISTENT_ENV", "tests/data/sample.csv"), ("DPP_DB_ENGINE", "sqlite://")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut ctx = Context::new(base_dir, Arc::new(Still));
    ctx.environment = Arc::new(environment.into_iter().collect());
    ctx
}

/// Sends `input` through `processor`, two rows a batch, so that it meets more than one batch.
pub(crate) fn run(
    processor: &str,
    parameters: &Map,
    input: &Stream,
    ctx: &Context,
) -> Result<Stream, StepError> {
    run_chain(&[(processor, parameters)], Shape { batch_rows: 2, cut: None }, input, ctx)
}

/// How rows travel through a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) batch_rows: usize,
    /// The steps from here on have a thread of their own.
    pub(crate) cut: Option<usize>,
}

/// Sends `input` through a chain of processors.
pub(crate) fn run_chain(
    steps: &[(&str, &Map)],
    shape: Shape,
    input: &Stream,
    ctx: &Context,
) -> Result<Stream, StepError> {
    let mut stages = Vec::new();
    for (index, (processor, parameters)) in steps.iter().enumerate() {
        let step = find(processor)
            .unwrap_or_else(|| panic!("there is no processor `{processor}`"))
            .create(parameters, ctx)?;
        let place = StepPlace { index, name: (*processor).to_owned() };
        // A chain is cut before its first sink.
        let role = if shape.cut == Some(index) { Role::Sink } else { Role::Transform };
        stages.push(Stage::new(place, role, step));
    }
    let mut chain = Chain::new(stages, ctx.clone());
    let package = Package { descriptor: input.package.as_object().unwrap().clone() };
    let described = chain.describe(package.clone())?;
    let mut end = Collected::new(described.streaming_names());
    let mut feed = Feed { package: &package, input, batch_rows: shape.batch_rows };
    let (stats, _) = segment::run(chain, &mut feed, &mut end, ctx)?;
    assert!(end.expected.is_empty(), "resources {:?} were not written", end.expected);
    Ok(Stream { package: Json::Object(described.descriptor), resources: end.resources, stats })
}

/// Gives the rows of a stream to a chain.
struct Feed<'a> {
    package: &'a Package,
    input: &'a Stream,
    batch_rows: usize,
}

impl Head for Feed<'_> {
    fn feed(&mut self, out: &mut dyn Output) -> Result<Stats, StepError> {
        let streaming = self.package.resources().filter(|r| model::package::is_streaming(r));
        for (resource, rows) in streaming.zip(&self.input.resources) {
            out.open(model::package::name(resource))?;
            for rows in rows.chunks(self.batch_rows) {
                out.rows(decoded(resource, rows))?;
            }
            out.close()?;
        }
        Ok(self.input.stats.clone())
    }
}

fn decoded(resource: &Map, rows: &[Json]) -> Batch {
    let mut decoder = Decoder::new(field_names(resource).into_iter().map(Arc::from));
    for row in rows {
        decoder.push(row.to_string().as_bytes()).unwrap();
    }
    decoder.finish()
}

/// Keeps what leaves the chain, as JSON, and holds it against the descriptor.
struct Collected {
    expected: Vec<String>,
    resources: Vec<Vec<Json>>,
    is_open: bool,
}

impl Collected {
    fn new(expected: Vec<String>) -> Self {
        Self { expected, resources: Vec::new(), is_open: false }
    }
}

impl Output for Collected {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        assert!(!self.is_open, "`{resource}` was opened before the one before was closed");
        assert!(!self.expected.is_empty(), "`{resource}` is not in the descriptor");
        assert_eq!(self.expected.remove(0), resource);
        self.is_open = true;
        self.resources.push(Vec::new());
        Ok(())
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        assert!(self.is_open, "rows outside a resource");
        let mut lines = String::new();
        Encoder::default().encode(&batch, &mut lines);
        let rows = lines.lines().map(|line| serde_json::from_str(line).unwrap());
        self.resources.last_mut().unwrap().extend(rows);
        Ok(())
    }

    fn close(&mut self) -> Result<(), StepError> {
        assert!(self.is_open, "closed twice");
        self.is_open = false;
        Ok(())
    }
}

/// The first thing that differs, told for people; numbers are the same when their values are.
pub(crate) fn difference(expected: &Stream, found: &Stream) -> Option<String> {
    if !same(&expected.package, &found.package) {
        let (expected, found) = (&expected.package, &found.package);
        return Some(format!("descriptor\n  expected {expected}\n  found    {found}"));
    }
    if expected.resources.len() != found.resources.len() {
        let (expected, found) = (expected.resources.len(), found.resources.len());
        return Some(format!("{expected} resources expected, {found} found"));
    }
    for (index, (want, have)) in expected.resources.iter().zip(&found.resources).enumerate() {
        let rows = want.len().max(have.len());
        let absent = Json::from("(no row)");
        for row in 0..rows {
            let want = want.get(row).unwrap_or(&absent);
            let have = have.get(row).unwrap_or(&absent);
            if !same(want, have) {
                let place = format!("resource {index}, row {}", row + 1);
                return Some(format!("{place}\n  expected {want}\n  found    {have}"));
            }
        }
    }
    let (want, have) = (Json::Object(expected.stats.clone()), Json::Object(found.stats.clone()));
    (!same(&want, &have)).then(|| format!("stats\n  expected {want}\n  found    {have}"))
}

fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
