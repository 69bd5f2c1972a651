//! A profile of somebody's own: a JSON Schema that a descriptor must fulfil besides the standard.

use jsonschema::{Retrieve, Uri};
use model::Json;

use super::{Problem, is_standard};

/// Why a JSON Schema cannot be used as a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the profile is not a usable JSON Schema: {0}")]
pub struct CustomError(String);

/// Everything in which `descriptor` breaks the JSON Schema `profile`.
///
/// References to the profiles of the standard hold by themselves, since their rules are checked
/// elsewhere; nothing is fetched.
///
/// # Errors
///
/// [`CustomError`] when the profile is malformed or refers to something else.
pub fn check_custom(descriptor: &Json, profile: &Json) -> Result<Vec<Problem>, CustomError> {
    let validator = jsonschema::options()
        .with_retriever(Standards)
        .build(profile)
        .map_err(|error| CustomError(error.to_string()))?;
    let problems = validator.iter_errors(descriptor).map(|error| {
        let property = error.instance_path().to_string();
        Problem {
            resource: resource_at(descriptor, &property),
            property: if property.is_empty() { "/".into() } else { property },
            rule: "profile",
            text: error.to_string(),
            fix: "change the descriptor as its own profile asks".into(),
        }
    });
    Ok(problems.collect())
}

/// The name of the resource that a JSON pointer leads into.
fn resource_at(descriptor: &Json, pointer: &str) -> Option<String> {
    let index = pointer.strip_prefix("/resources/")?.split('/').next()?;
    let name = descriptor.pointer(&format!("/resources/{index}/name"))?;
    name.as_str().map(str::to_owned)
}

/// Stands for the profiles of the standard.
struct Standards;

impl Retrieve for Standards {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if is_standard(uri.as_str()) {
            return Ok(Json::Object(model::Map::new()));
        }
        Err(format!("it refers to `{uri}`; put that schema into the profile itself").into())
    }
}
