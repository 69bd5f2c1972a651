//! Which paths a descriptor may name: those inside its own data package, and web addresses.

use model::fault::{Fault, Kind};
use reqwest::Url;

/// A path that leads out of the folder which it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("path `{path}` is not safe: {reason}")]
pub struct UnsafePath {
    pub path: String,
    pub reason: &'static str,
}

impl UnsafePath {
    pub(crate) fn new(path: &str, reason: &'static str) -> Self {
        Self { path: path.into(), reason }
    }

    pub(crate) fn address(path: &str) -> Self {
        Self::new(path, "it is not a valid web address")
    }
}

impl Fault for UnsafePath {
    fn code(&self) -> &'static str {
        "PATH_UNSAFE"
    }

    fn kind(&self) -> Kind {
        Kind::Denied
    }

    fn help(&self) -> Option<String> {
        Some("use a path below the folder, without `..`, `~` or a leading `/`".into())
    }
}

/// Checks a path of a descriptor that is not trusted: relative, without `..`, leading `/` or `~`;
/// or an `http`, `https` or `ftp` address.
///
/// # Errors
///
/// [`UnsafePath`] with the rule that the path breaks.
pub fn check_member(path: &str) -> Result<(), UnsafePath> {
    match super::split_scheme(path) {
        Some((scheme, _)) if matches!(scheme.as_str(), "http" | "https" | "ftp") => Ok(()),
        Some(_) => Err(UnsafePath::new(path, "only web addresses may have a scheme")),
        None => check_relative(path),
    }
}

/// Checks that `path` stays below the folder to which it is relative.
pub fn check_relative(path: &str) -> Result<(), UnsafePath> {
    let drive =
        matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let reason = if path.is_empty() {
        "it is empty"
    } else if path.contains('\0') {
        "it holds a NUL character"
    } else if path.starts_with(['/', '\\']) || drive {
        "it is absolute"
    } else if path.starts_with('~') {
        "it starts with `~`"
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        "it contains `..`"
    } else {
        return Ok(());
    };
    Err(UnsafePath::new(path, reason))
}

/// Resolves `path` against the address of a descriptor; the result stays below the same folder.
pub(super) fn join_url(descriptor: &Url, path: &str) -> Result<Url, UnsafePath> {
    let folder = descriptor.join(".").map_err(|_| UnsafePath::address(path))?;
    // `./` keeps a colon in the path from being read as a scheme.
    let url = folder.join(&format!("./{path}")).map_err(|_| UnsafePath::address(path))?;
    // An encoded `..` (`%2e%2e`) only shows in the result.
    if url.origin() == folder.origin() && url.path().starts_with(folder.path()) {
        Ok(url)
    } else {
        Err(UnsafePath::new(path, "it leads out of the package"))
    }
}
