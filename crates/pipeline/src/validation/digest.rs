//! Whether the bytes of a resource are those that its descriptor tells: their number and hash.

use md5::{Digest, Md5};
use model::Json;
use model::fault::Chain;
use model::package::name;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{Collector, Described, Finding};
use crate::package_source::{PackageError, PackageSource, is_tabular};

/// Holds the bytes of a resource against `bytes` and `hash`. Of a resource that is no table this
/// is all that can be checked, besides that it is there.
///
/// Gives false when the bytes cannot be had.
pub(super) fn check(
    collector: &mut Collector,
    source: &PackageSource,
    (order, one): (usize, &Described),
) -> bool {
    let resource = &one.descriptor;
    let label = name(resource);
    let bytes = resource.get("bytes").and_then(Json::as_u64);
    let hash = resource.get("hash").and_then(Json::as_str).filter(|hash| !hash.is_empty());
    if resource.contains_key("data") || (bytes.is_none() && hash.is_none() && is_tabular(resource))
    {
        return true;
    }
    let wanted = hash.map(|hash| hash.split_once(':').unwrap_or(("md5", hash)));
    let mut hasher = match wanted.map(|(algorithm, _)| Hasher::of(algorithm)) {
        None => Hasher::Nothing,
        Some(Some(hasher)) => hasher,
        Some(None) => {
            let fix = "use md5, sha1, sha256, sha384 or sha512".to_owned();
            let text = "its algorithm is not known, so that it is not compared".to_owned();
            let finding = Finding::resource(label, "hash", text);
            collector
                .add(order, Finding { property: Some("hash".into()), fix: Some(fix), ..finding });
            Hasher::Nothing
        }
    };
    let counted = match source.bytes(resource, &mut |bytes| hasher.update(bytes)) {
        Ok(counted) => counted,
        // The path was reported with the descriptor.
        Err(PackageError::Unsafe(_)) => return false,
        Err(error) => {
            let text = Chain(&error).to_string();
            collector.add(order, Finding::resource(label, "source", text));
            return false;
        }
    };
    let mut differs = |property: &str, text: String| {
        let fix = Some("get the file again, or correct the descriptor".to_owned());
        let finding = Finding::resource(label, property, text);
        collector.add(order, Finding { property: Some(property.into()), fix, ..finding });
    };
    if let Some(bytes) = bytes.filter(|bytes| *bytes != counted) {
        differs("bytes", format!("there are {counted} bytes instead of {bytes}"));
    }
    if let (Some((_, wanted)), Some(found)) = (wanted, hasher.finish())
        && !wanted.eq_ignore_ascii_case(&found)
    {
        differs("hash", format!("the hash is `{found}` instead of `{wanted}`"));
    }
    true
}

/// A hash of one of the algorithms that descriptors name.
enum Hasher {
    Nothing,
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    fn of(algorithm: &str) -> Option<Self> {
        Some(match algorithm.to_ascii_lowercase().replace('-', "").as_str() {
            "md5" => Self::Md5(Md5::new()),
            "sha1" => Self::Sha1(Sha1::new()),
            "sha256" => Self::Sha256(Sha256::new()),
            "sha384" => Self::Sha384(Sha384::new()),
            "sha512" => Self::Sha512(Sha512::new()),
            _ => return None,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Nothing => {}
            Self::Md5(hash) => hash.update(bytes),
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha384(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The hash in hexadecimal digits.
    fn finish(self) -> Option<String> {
        Some(match self {
            Self::Nothing => return None,
            Self::Md5(hash) => hex(&hash.finalize()),
            Self::Sha1(hash) => hex(&hash.finalize()),
            Self::Sha256(hash) => hex(&hash.finalize()),
            Self::Sha384(hash) => hex(&hash.finalize()),
            Self::Sha512(hash) => hex(&hash.finalize()),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
