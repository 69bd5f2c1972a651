//! What a step reads from outside, with the state that it is in now: files, addresses, databases,
//! data packages with the files of their resources.

use model::fault::{Fault, Kind};
use model::package::{STREAMED_FROM, name};
use model::{Json, Map};
use store::compression::Compression;
use store::fetch::FetchOptions;
use store::fingerprint::{Fingerprint, fingerprint};
use store::location::Location;
use store::source::SourceOptions;

use crate::context::Context;
use crate::limits;
use crate::matcher::Matcher;
use crate::package_source::{self, PackageSource};
use crate::parameters::Parameters;
use crate::sql::Address;
use crate::sql::engine::Engine;
use crate::table_source;

/// What is read, as it is written, and the state that it is in.
pub(crate) type Input = (String, Fingerprint);

/// What the step called `processor` with these parameters, `env://NAME` and all, reads. A step
/// that is not thorp's is taken to read what its `from` and `url` name.
pub(crate) fn of_step(processor: &str, parameters: &Map, ctx: &Context) -> Vec<Input> {
    let mut inputs = Inputs { ctx, options: options(parameters, ctx), found: Vec::new() };
    let text = |key: &str| parameters.get(key).and_then(Json::as_str);
    match processor {
        "load" => {
            let format = Parameters(parameters).text("format").ok().flatten();
            let Some(from) = text("from") else { return Vec::new() };
            inputs.of_load(from, format, parameters.get("resources"));
        }
        "load_resource" => {
            let names = parameters.get("resources").and_then(Json::as_object);
            let names = names.map(|names| names.keys().cloned().collect::<Vec<_>>());
            let chosen = names.map(Json::from).or_else(|| parameters.get("resource").cloned());
            inputs.of_package(text("url").unwrap_or_default(), chosen.as_ref());
        }
        "load_metadata" => {
            inputs.of_descriptor(text("url").unwrap_or_default());
        }
        "update_resource" => {
            let metadata = parameters.get("metadata");
            let from = metadata.and_then(|metadata| metadata.get(STREAMED_FROM)?.as_str());
            inputs.of_place(from.unwrap_or_default());
        }
        _ => ["from", "url"].into_iter().filter_map(text).for_each(|from| inputs.of_place(from)),
    }
    inputs.found
}

/// How places are asked: shortly, because somebody waits for a list.
fn options(parameters: &Map, ctx: &Context) -> SourceOptions {
    let mut options = table_source::source_options(Parameters(parameters), ctx).unwrap_or_default();
    options.fetch.retries = limits::PROBE_RETRIES;
    options.fetch.read_timeout_ms = limits::PROBE_TIMEOUT_MS;
    options
}

struct Inputs<'a> {
    ctx: &'a Context,
    options: SourceOptions,
    found: Vec<Input>,
}

impl Inputs<'_> {
    /// What `written` means; notes that nothing is there when its variable is not set.
    fn revealed(&mut self, written: &str) -> Option<String> {
        let revealed = self.ctx.reveal("", written);
        if revealed.is_err() {
            self.found.push((written.to_owned(), Fingerprint::Missing));
        }
        // The key of the pipeline that is depended on tells of its package.
        revealed.ok().filter(|text| !package_source::is_dependency(text))
    }

    fn of_load(&mut self, written: &str, format: Option<&str>, chosen: Option<&Json>) {
        let Some(from) = self.revealed(written) else { return };
        if package_source::is_package(&from, format, &self.ctx.base_dir) {
            self.of_package(written, chosen);
        } else {
            self.of_place(written);
        }
    }

    fn of_place(&mut self, written: &str) {
        let Some(place) = self.revealed(written) else { return };
        if table_source::is_database(&place) {
            return self.of_database(written);
        }
        if let Ok(location) = Location::parse(&place, &self.ctx.base_dir) {
            self.add(written.to_owned(), &location, &self.options.fetch.clone());
        }
    }

    fn of_database(&mut self, written: &str) {
        match Address::parse(written, self.ctx).map(|address| address.engine) {
            Ok(Engine::Sqlite(Some(path))) => {
                // What was committed last may still stand in the log beside the file.
                let mut log = path.clone().into_os_string();
                log.push("-wal");
                let fetch = self.options.fetch.clone();
                self.add(written.to_owned(), &Location::File(path), &fetch);
                if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
                    self.add(format!("{written}-wal"), &Location::File(log.into()), &fetch);
                }
            }
            Ok(Engine::Sqlite(None)) => {}
            Ok(Engine::Postgres(_)) | Err(_) => {
                self.found.push((written.to_owned(), Fingerprint::Unknown));
            }
        }
    }

    /// The descriptor; gives its place when it can be read further.
    fn of_descriptor(&mut self, written: &str) -> Option<Location> {
        let address = self.revealed(written)?;
        let place = package_source::locate(&address, self.ctx).ok()?;
        let state = self.add(written.to_owned(), &place, &self.options.fetch.clone());
        let is_open = !matches!(state, Fingerprint::Missing | Fingerprint::Unknown)
            // An archive holds everything.
            && place.name().compression != Some(Compression::Zip);
        is_open.then_some(place)
    }

    /// The descriptor and the files of the chosen resources.
    fn of_package(&mut self, written: &str, chosen: Option<&Json>) {
        let Some(place) = self.of_descriptor(written) else { return };
        let Some(address) = self.revealed(written) else { return };
        let Ok(source) = PackageSource::open(&address, self.options.clone(), self.ctx) else {
            return;
        };
        let chosen = Matcher::parse("resources", chosen).unwrap_or(Matcher::All);
        let count = source.package.resources().count();
        for (index, resource) in source.package.resources().enumerate() {
            if !chosen.matches(name(resource), index, count) {
                continue;
            }
            let Ok((members, options)) = source.members(resource) else { continue };
            for (part, member) in members.into_iter().enumerate() {
                if self.found.len() == limits::INPUTS_MAX {
                    return self.found.push((written.to_owned(), Fingerprint::Unknown));
                }
                if member != place {
                    // The descriptor, which is an input too, says where the part is.
                    let label = format!("{written} {} {part}", name(resource));
                    self.add(label, &member, &options.fetch);
                }
            }
        }
    }

    fn add(&mut self, label: String, place: &Location, options: &FetchOptions) -> Fingerprint {
        let state = fingerprint(place, options).unwrap_or_else(|error| match error.kind() {
            Kind::NotFound => Fingerprint::Missing,
            _ => Fingerprint::Unknown,
        });
        self.found.push((label, state.clone()));
        state
    }
}

#[cfg(test)]
mod tests;
