//! A data package as it is, for those who ask whether it is in order: nothing is filled in.

use std::io::Read;
use std::sync::Arc;

use model::package::Package;
use model::{Json, Map};
use store::fetch;
use store::location::{Location, Name};
use store::source::SourceOptions;
use tempfile::TempDir;

use super::{PackageError, PackageSource, format, paths, read_json};
use crate::limits::FILE_BUFFER_BYTES;

impl PackageSource {
    /// The package that is described by `package`; paths are relative to `descriptor`.
    pub fn of(package: Package, descriptor: Location, options: SourceOptions) -> Self {
        Self { package, descriptor, archive: None, unpacked: None, options }
    }

    /// The same package; `folder`, where it was unpacked, is removed with its last use.
    #[must_use]
    pub fn unpacked_in(self, folder: TempDir) -> Self {
        Self { unpacked: Some(Arc::new(folder)), ..self }
    }

    /// The JSON object that `reference` leads to: a path, an address, or a place in the
    /// descriptor (`#/dialects/main`).
    ///
    /// # Errors
    ///
    /// [`PackageError`] when it leads nowhere or out of the package.
    pub fn reference(&self, reference: &str) -> Result<Json, PackageError> {
        let found = match reference.strip_prefix('#') {
            Some(pointer) => {
                Json::Object(self.package.descriptor.clone()).pointer(pointer).cloned()
            }
            None => {
                let place = self.member(reference)?;
                Some(read_json(&place, &self.options_for(std::slice::from_ref(&place)))?)
            }
        };
        found
            .filter(Json::is_object)
            .ok_or_else(|| PackageError::Reference { reference: reference.to_owned() })
    }

    /// Gives the bytes of all parts of `resource`, packed ones as they are, to `take`; returns
    /// how many there are.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when they cannot be had.
    pub fn bytes(&self, resource: &Map, take: &mut dyn FnMut(&[u8])) -> Result<u64, PackageError> {
        let places = self.places(resource)?;
        let options = self.options_for(&places);
        let mut counted = 0;
        let mut buffer = vec![0; FILE_BUFFER_BYTES];
        for place in places {
            let mut stream = fetch::open(&place, &options.fetch)?;
            loop {
                let read = stream
                    .read(&mut buffer)
                    .map_err(|source| PackageError::Read { location: place.to_string(), source })?;
                if read == 0 {
                    break;
                }
                counted += u64::try_from(read).unwrap_or(u64::MAX);
                take(buffer.get(..read).unwrap_or_default());
            }
        }
        Ok(counted)
    }
}

/// The format of a resource, as it says itself or as the ending of its first path does.
pub fn format_of(resource: &Map) -> Option<String> {
    let paths = paths(resource).ok()?;
    let file = paths.first()?.rsplit('/').next()?;
    Some(format(resource, Name::parse(file).format.as_deref()))
}
