//! What there is at a path: a package, a resource, a schema or a table.

use model::fault::{Chain, Fault, Kind};
use model::package::Package;
use model::{Json, Map};
use serde_json::json;
use store::compression::Compression;
use store::location::Location;
use store::source::SourceOptions;

use super::{Options, ValidateError, single};
use crate::context::Context;
use crate::package_source::{self, DESCRIPTOR, PackageError, PackageSource};
use crate::parameters::Parameters;
use crate::table_source;

/// What is to be validated.
#[derive(Debug)]
pub(super) enum Target {
    Package(PackageSource),
    /// A package of one, and the descriptor as it was written.
    Resource(PackageSource, Json),
    /// A package of one table.
    Table(PackageSource),
    Schema(Json),
    Dialect(Json),
    /// A descriptor that is no JSON object, and why.
    NotJson(String),
}

/// Looks at what is at `path`.
pub(super) fn find(path: &str, options: &Options, ctx: &Context) -> Result<Target, ValidateError> {
    let sources = table_source::source_options(Parameters(&Map::new()), ctx)?;
    let mut place = table_source::parse(path, ctx)?;
    if let Location::File(file) = &mut place {
        *file = std::path::absolute(&*file).unwrap_or_else(|_| file.clone());
        if file.is_dir() {
            *file = file.join(DESCRIPTOR);
            if !file.exists() {
                return Err(ValidateError::NoDescriptor { folder: path.to_owned() });
            }
        }
        if !file.exists() {
            return Err(ValidateError::NotFound { path: path.to_owned() });
        }
    }
    let opened = |result: Result<PackageSource, PackageError>| {
        result
            .map_err(|source| ValidateError::Open { path: path.to_owned(), source: source.into() })
    };
    let name = place.name();
    if options.schema.is_some() {
        return opened(table(&place, (options, sources, ctx))).map(Target::Table);
    }
    if name.compression == Some(Compression::Zip) {
        // An archive may also hold just a table.
        if let Ok(target) = archive(&place, &sources) {
            return Ok(target);
        }
    } else if name.compression.is_none() && name.format.as_deref() == Some("json") {
        match package_source::read_json(&place, &sources) {
            Ok(json) => {
                if let Some(target) = described(json, &place, &sources) {
                    return Ok(target);
                }
            }
            Err(error) if error.kind() == Kind::NotFound => {
                return Err(ValidateError::NotFound { path: path.to_owned() });
            }
            Err(error @ PackageError::Syntax { .. }) => {
                return Ok(Target::NotJson(Chain(&error).to_string()));
            }
            Err(source) => {
                let source = Box::new(source);
                return Err(ValidateError::Open { path: path.to_owned(), source });
            }
        }
    }
    opened(table(&place, (options, sources, ctx))).map(Target::Table)
}

fn archive(place: &Location, sources: &SourceOptions) -> Result<Target, PackageError> {
    let (folder, inside) = package_source::unpack(place, sources)?;
    let descriptor = Location::File(inside);
    match package_source::read_json(&descriptor, sources) {
        Ok(Json::Object(map)) => {
            let package = Package { descriptor: map };
            let source = PackageSource::of(package, descriptor, sources.clone());
            Ok(Target::Package(source.unpacked_in(folder)))
        }
        Ok(_) => Ok(Target::NotJson("the descriptor is not a JSON object".into())),
        Err(error) => Ok(Target::NotJson(Chain(&error).to_string())),
    }
}

/// Properties by which a dialect is recognised.
const DIALECT_KEYS: [&str; 3] = ["delimiter", "quoteChar", "headerRows"];

/// What a JSON file describes; `None` when it is a table.
fn described(json: Json, place: &Location, sources: &SourceOptions) -> Option<Target> {
    let is_descriptor = place.name().file == DESCRIPTOR;
    let Json::Object(map) = &json else {
        let text = "the descriptor is not a JSON object".to_owned();
        return is_descriptor.then_some(Target::NotJson(text));
    };
    if map.contains_key("resources") || is_descriptor {
        let package = Package { descriptor: map.clone() };
        return Some(Target::Package(PackageSource::of(package, place.clone(), sources.clone())));
    }
    if map.contains_key("path") || map.contains_key("data") {
        let source = PackageSource::of(single(map.clone()), place.clone(), sources.clone());
        return Some(Target::Resource(source, json));
    }
    if map.contains_key("fields") {
        return Some(Target::Schema(json));
    }
    let is_dialect = DIALECT_KEYS.iter().any(|key| map.contains_key(*key));
    is_dialect.then_some(Target::Dialect(json))
}

/// The table at `place` as the only resource of a package.
fn table(
    place: &Location,
    (options, sources, ctx): (&Options, SourceOptions, &Context),
) -> Result<PackageSource, PackageError> {
    let name = place.name();
    let path = match place {
        Location::Http(url) => url.to_string(),
        Location::File(_) | Location::S3(_) => name.file,
    };
    let resource = json!({"name": name.base, "path": path, "type": "table"});
    let Json::Object(mut resource) = resource else { unreachable!("an object was written") };
    if let Some(schema) = &options.schema {
        let at = Location::parse(schema, &ctx.base_dir)?;
        resource.insert("schema".into(), package_source::read_json(&at, &sources)?);
    }
    Ok(PackageSource::of(single(resource), place.clone(), sources))
}
