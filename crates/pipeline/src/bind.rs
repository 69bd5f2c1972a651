//! Binds a spec to what runs it: names become processors and scripts, secrets become values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use model::clock::Clock;
use model::fault::Chain;
use model::{Json, Map};
use runtime::python::{LocateError, Places, Python, Script, Step};

use crate::context::Context;
use crate::custom_formats::CustomFormats;
use crate::dirty::{self, Work as Contribution};
use crate::error::{StepError, StepPlace};
use crate::inputs;
use crate::plan::{Plan, PlannedStep, Work};
use crate::processors::{PROCESSORS, checkpoint, find};
use crate::project::{Project, datapackage_hash};
use crate::resolve::{self, Resolved, Search};
use crate::secrets::{Redactor, reveal};
use crate::spec::runners::Names;
use crate::spec::{Dependency, PipelineSpec, SpecError, StepSpec};

/// Where a project's steps are looked for and run.
#[derive(Debug)]
pub struct Binder {
    root: PathBuf,
    search_path: Vec<PathBuf>,
    places: Places,
    clock: Arc<dyn Clock>,
    python: OnceLock<Python>,
    /// Where the interpreter looks for packages, once that was asked.
    packages: OnceLock<Vec<PathBuf>>,
}

/// A spec that is ready to run.
#[derive(Debug)]
pub struct Bound {
    pub plan: Plan,
    pub environment: BTreeMap<String, String>,
}

/// Why a spec cannot run.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Python(#[from] LocateError),
    #[error(transparent)]
    Step(#[from] StepError),
    #[error("failed to write the code of step {index} to `{}`", file.display())]
    Code { index: usize, file: PathBuf, source: std::io::Error },
}

impl Binder {
    /// A binder for the project in `root`.
    pub fn new(
        root: &Path,
        processor_path: Option<&str>,
        places: Places,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            root: root.to_owned(),
            search_path: resolve::processor_path(processor_path, root),
            places,
            clock,
            python: OnceLock::new(),
            packages: OnceLock::new(),
        }
    }

    /// The interpreter, looked for when it is first needed.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn python(&self) -> Result<&Python, LocateError> {
        if let Some(python) = self.python.get() {
            return Ok(python);
        }
        let python = Python::locate(&self.places)?;
        Ok(self.python.get_or_init(|| python))
    }

    /// What runs a step.
    ///
    /// # Errors
    ///
    /// [`SpecError::Unresolved`] when nothing answers to its name.
    pub fn resolve(&self, spec: &PipelineSpec, step: &StepSpec) -> Result<Resolved, SpecError> {
        let names: Vec<&str> = PROCESSORS.iter().map(|definition| definition.name).collect();
        let python_path = || self.python_path();
        let search = Search {
            folder: &spec.dir,
            path: &self.search_path,
            is_native: &|name| find(name).is_some(),
            native_names: &names,
            python_path: &python_path,
        };
        resolve::step(step, &search)
    }

    /// Binds all steps of `spec`. `redactor` learns the secrets that processes are given; native
    /// steps resolve their own.
    ///
    /// # Errors
    ///
    /// [`BindError`] names the step and what it lacks.
    pub fn bind(
        &self,
        spec: &PipelineSpec,
        project: &Project,
        inherited: &BTreeMap<String, String>,
        redactor: &Redactor,
    ) -> Result<Bound, BindError> {
        let mut environment = inherited.clone();
        environment.extend(spec.environment.iter().cloned());
        let mut plan = Plan::new();
        for (index, step) in spec.steps.iter().enumerate() {
            let place = StepPlace { index, name: step.name().to_owned() };
            let parameters = parameters(step);
            let resolved = self.resolve(spec, step)?;
            let bound = BoundStep { spec, project, step, index };
            let reveal = |parameters: &Map| {
                reveal(parameters, &environment, redactor)
                    .map_err(|error| StepError::outside("resolve a secret", error).at(&place))
            };
            let mut adopt = None;
            let work = match &resolved {
                Resolved::Native(name) => match custom_formats(name, &parameters, &reveal)? {
                    Some((formats, given)) => {
                        adopt = Some(formats.adopt());
                        self.process(&bound, Script::DumpToPath, given, &environment)?
                    }
                    None => {
                        let definition = find(name).expect("resolved as native");
                        Work::Native { definition, parameters }
                    }
                },
                other => {
                    let script = self.script(other, index)?;
                    self.process(&bound, script.script(), reveal(&parameters)?, &environment)?
                }
            };
            let planned = |work, validate, timeout_ms| PlannedStep {
                place: place.clone(),
                work,
                validate,
                timeout_ms,
            };
            plan.steps.push(planned(work, step.validate, bound.timeout_ms()));
            plan.steps.extend(adopt.map(|adopt| planned(Work::Adopt(adopt), false, None)));
        }
        Ok(Bound { plan, environment })
    }

    /// What Python runs for a step that is not native.
    fn script(&self, resolved: &Resolved, index: usize) -> Result<OwnedScript, BindError> {
        Ok(match resolved {
            Resolved::Python(path) => OwnedScript::File(path.clone()),
            Resolved::Code(code) => OwnedScript::File(self.write_code(code, index)?),
            Resolved::Flow(path) => {
                let module = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
                OwnedScript::Flow(module.to_owned())
            }
            Resolved::Native(_) => unreachable!("native steps are no scripts"),
        })
    }

    fn process(
        &self,
        bound: &BoundStep<'_>,
        script: Script<'_>,
        parameters: Map,
        environment: &BTreeMap<String, String>,
    ) -> Result<Work, BindError> {
        let python = self.python()?;
        let own: BTreeMap<String, String> = bound.spec.environment.iter().cloned().collect();
        let mut request = python.step(&Step {
            name: bound.step.name(),
            script,
            index: bound.index,
            parameters: &Json::Object(parameters),
            validate: bound.step.validate,
            // thorp keeps outputs itself, see `step_cache`; the step shall not do so too.
            cache_hash: "",
            folder: &bound.spec.dir,
            environment: &own,
            timeout_ms: bound.timeout_ms(),
        });
        if let Some(runner) = &bound.step.runner {
            let command: Vec<String> =
                request.argv.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            let abspath = bound.spec.dir.display().to_string();
            let names = Names {
                path: &bound
                    .spec
                    .dir
                    .strip_prefix(&self.root)
                    .map_or_else(|_| abspath.clone(), |path| format!("./{}", path.display())),
                abspath: &abspath,
                command: &command,
                environment,
            };
            let wrapped = bound.project.runners.get(runner).command(&names);
            let wrapped = wrapped.map_err(|error| StepError::outside("wrap the step", error))?;
            request.argv = wrapped.into_iter().map(Into::into).collect();
        }
        Ok(Work::Process(request))
    }

    /// The code of a step as a file, named after its content.
    fn write_code(&self, code: &str, index: usize) -> Result<PathBuf, BindError> {
        let folder = self.root.join(crate::history::FOLDER).join("code");
        let file = folder.join(format!("{}.py", dirty::digest(code.as_bytes())));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, code))
            .map_err(|source| BindError::Code { index, file: file.clone(), source })?;
        Ok(file)
    }

    /// The folders in which Python looks for packages: those of PYTHONPATH, then those that the
    /// interpreter has. It is started once, and only for a name that needs it.
    fn python_path(&self) -> Vec<PathBuf> {
        let variable = self.places.python_path.as_deref();
        let mut path: Vec<PathBuf> =
            variable.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
        let installed = self.packages.get_or_init(|| {
            let Ok(python) = self.python() else { return Vec::new() };
            python.search_path(Arc::clone(&self.clock)).unwrap_or_else(|error| {
                tracing::warn!(error = %Chain(&error), "python did not tell its search path");
                Vec::new()
            })
        });
        path.extend(installed.iter().cloned());
        path
    }

    /// Puts kept outputs into `plan`: the last step whose output is there replaces itself and all
    /// before it, and the others with `cache: true` keep theirs. `keys` are those after each step.
    ///
    /// # Errors
    ///
    /// A parameter error of a checkpoint without a name.
    pub fn use_caches(
        &self,
        plan: &mut Plan,
        spec: &PipelineSpec,
        keys: &[dirty::Key],
        replay: bool,
    ) -> Result<(), StepError> {
        let folder = self.root.join(crate::history::FOLDER).join("cache");
        for (at, step) in spec.steps.iter().enumerate().rev() {
            let place = StepPlace { index: at, name: step.name().to_owned() };
            let is_checkpoint = step.name() == "checkpoint";
            let file = if is_checkpoint {
                spec.dir.join(checkpoint::path(&step.parameters).map_err(|e| e.at(&place))?)
            } else if step.cache
                && let Some(key) = keys.get(at).and_then(dirty::Key::as_str)
            {
                folder.join(format!("{key}.zst"))
            } else {
                continue;
            };
            let planned = |work| PlannedStep {
                place: place.clone(),
                work,
                validate: false,
                timeout_ms: None,
            };
            let end = plan.steps.iter().rposition(|planned| planned.place.index == at);
            let Some(end) = end else { continue };
            if replay && file.is_file() {
                plan.steps.splice(..=end, [planned(Work::Replay(file))]);
                return Ok(());
            }
            if !is_checkpoint {
                plan.steps.insert(end + 1, planned(Work::Keep(file)));
            }
        }
        Ok(())
    }

    /// The keys after each step: what the output of the pipeline up to there comes from.
    /// `inherited` is the environment of thorp itself.
    ///
    /// # Errors
    ///
    /// When a step cannot be resolved.
    pub fn keys(
        &self,
        spec: &PipelineSpec,
        dependencies: &[(String, Option<String>)],
        inherited: &BTreeMap<String, String>,
    ) -> Result<Vec<dirty::Key>, SpecError> {
        let ctx = self.context(spec, inherited);
        let written: Vec<Map> = spec.steps.iter().map(parameters).collect();
        let mut contributions = Vec::new();
        for (step, parameters) in spec.steps.iter().zip(&written) {
            let resolved = self.resolve(spec, step)?;
            let processor = match &resolved {
                Resolved::Native(name) => find(name).map_or(step.name(), |known| known.name),
                _ => "",
            };
            let code = match &resolved {
                Resolved::Native(_) => None,
                Resolved::Code(code) => Some(dirty::digest(code.as_bytes())),
                Resolved::Python(path) | Resolved::Flow(path) => {
                    Some(dirty::script_digest(path).unwrap_or_default())
                }
            };
            contributions.push(Contribution {
                name: step.name(),
                parameters,
                validate: step.validate,
                code,
                inputs: inputs::of_step(processor, parameters, &ctx),
            });
        }
        Ok(dirty::keys(spec, dependencies, &contributions))
    }

    /// The data packages that `spec` depends on, each with the hash that its writer gave it.
    ///
    /// # Errors
    ///
    /// Beside each location, why there is no hash: then the pipeline may not run.
    pub fn datapackages<'s>(
        &self,
        spec: &'s PipelineSpec,
        inherited: &BTreeMap<String, String>,
    ) -> Vec<(&'s str, Result<String, SpecError>)> {
        let mut ctx = self.context(spec, inherited);
        let locations = spec.dependencies.iter().filter_map(|dependency| match dependency {
            Dependency::Datapackage(location) => Some(location.as_str()),
            Dependency::Pipeline(_) => None,
        });
        let hash = |location: &str| {
            // datapackage-pipelines begins in the folder of the project.
            ctx.base_dir.clone_from(&self.root);
            match datapackage_hash(location, &ctx) {
                Err(SpecError::DatapackageUnopened { .. }) if self.root != spec.dir => {
                    ctx.base_dir.clone_from(&spec.dir);
                    datapackage_hash(location, &ctx)
                }
                found => found,
            }
        };
        let mut hash = hash;
        locations.map(|location| (location, hash(location))).collect()
    }

    /// The world as the steps of `spec` see it, to look at what they read.
    fn context(&self, spec: &PipelineSpec, inherited: &BTreeMap<String, String>) -> Context {
        let mut ctx = Context::new(spec.dir.clone(), Arc::clone(&self.clock));
        let mut environment = inherited.clone();
        environment.extend(spec.environment.iter().cloned());
        ctx.environment = Arc::new(environment);
        ctx
    }
}

/// The parameters of a step, as written; what else says how it works is among them.
fn parameters(step: &StepSpec) -> Map {
    let mut parameters = step.parameters.clone();
    if let Some(on_error) = step.on_error {
        parameters.entry("on_error").or_insert_with(|| on_error.word().into());
    }
    parameters
}

/// What takes over the files that the native processor `name` leaves to Python, and the parameters
/// for Python; nothing when it leaves none.
fn custom_formats(
    name: &str,
    parameters: &Map,
    reveal: &dyn Fn(&Map) -> Result<Map, StepError>,
) -> Result<Option<(CustomFormats, Map)>, StepError> {
    if !CustomFormats::are_in(name, parameters) {
        return Ok(None);
    }
    let revealed = reveal(parameters)?;
    let formats = CustomFormats::new(name, &revealed)?;
    let given = formats.parameters(&revealed);
    Ok(Some((formats, given)))
}

/// What Python runs.
enum OwnedScript {
    File(PathBuf),
    Flow(String),
}

impl OwnedScript {
    fn script(&self) -> Script<'_> {
        match self {
            Self::File(path) => Script::File(path),
            Self::Flow(module) => Script::Flow { module },
        }
    }
}

/// One step of a spec, for what starts its process.
struct BoundStep<'a> {
    spec: &'a PipelineSpec,
    project: &'a Project,
    step: &'a StepSpec,
    index: usize,
}

impl BoundStep<'_> {
    fn timeout_ms(&self) -> Option<u64> {
        self.step.timeout.map(|limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
    }
}
