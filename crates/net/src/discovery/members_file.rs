//! A file with one member a line, which people write.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Claim, Discovery, LookError, Me, is_before, off_the_loop, ready, turn};
use crate::address::Address;
use crate::files;
use crate::limits;
use crate::transport::Pending;

/// What a file that did not exist begins with.
const EMPTY: &str = "# Members of the cluster, one HOST:PORT a line.\n";

/// A file of members. It is read at each look, so a change counts at once.
#[derive(Debug)]
pub struct MembersFile {
    me: Me,
    path: PathBuf,
    required: Option<Address>,
    /// What the last look showed.
    listed: Mutex<Vec<Address>>,
}

impl MembersFile {
    /// The members in the file at `path`, which is made when it is absent. When `required` is
    /// named, no other node founds.
    #[must_use]
    pub fn new(me: Me, path: PathBuf, required: Option<Address>) -> Self {
        Self { me, path, required, listed: Mutex::default() }
    }

    fn listed(&self) -> MutexGuard<'_, Vec<Address>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Discovery for MembersFile {
    fn name(&self) -> String {
        format!("file:{}", self.path.display())
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        let path = self.path.clone();
        Box::pin(async move {
            let mut members = off_the_loop(self.name(), move || read(&path)).await?;
            self.listed().clone_from(&members);
            members.splice(0..0, self.required.clone());
            members.retain(|member| *member != self.me.address);
            Ok(members)
        })
    }

    fn claim(&self) -> Pending<'_, Result<Claim, LookError>> {
        ready(match &self.required {
            Some(required) if *required != self.me.address => Claim::Wait,
            _ => Claim::Founder,
        })
    }

    fn patience(&self) -> Duration {
        match self.required {
            None => turn(&self.me, &self.listed()),
            Some(_) => Duration::ZERO,
        }
    }

    fn is_before(&self, candidate: &Address) -> bool {
        is_before(&self.me, &self.listed(), candidate)
    }

    fn announce(&self) -> Pending<'_, Result<(), LookError>> {
        ready(())
    }

    fn withdraw(&self) -> Pending<'_, Result<(), LookError>> {
        ready(())
    }
}

fn read(path: &Path) -> io::Result<Vec<Address>> {
    if let Some(text) = files::read(path, limits::MEMBERS_FILE_BYTES_MAX)? {
        return Ok(members(&text, path));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    files::create(path, EMPTY.as_bytes(), files::READABLE)?;
    Ok(Vec::new())
}

/// The members in `text`. A line that is none does not hide the others.
fn members(text: &str, path: &Path) -> Vec<Address> {
    let lines = text.lines().enumerate().map(|(at, line)| {
        let line = line.split_once('#').map_or(line, |(before, _)| before);
        (at + 1, line.trim())
    });
    lines
        .filter(|(_, line)| !line.is_empty())
        .filter_map(|(number, line)| match line.parse() {
            Ok(address) => Some(address),
            Err(error) => {
                let path = path.display();
                tracing::warn!(%path, line = number, reason = %error, "line left out");
                None
            }
        })
        .take(limits::CANDIDATES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::{any, proptest};

    use super::members;

    fn shown(text: &str) -> Vec<String> {
        members(text, Path::new("members")).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn comments_blanks_and_wrong_lines_are_left_out() {
        let text = "# all\r\n\r\n10.0.0.1\n  box.lan:7000 # the big one\n!!\n[::1]:5702\n\t\n";
        assert_eq!(shown(text), ["10.0.0.1:5701", "box.lan:7000", "[::1]:5702"]);
    }

    #[test]
    fn the_number_of_members_is_bounded() {
        let text = "10.0.0.1\n".repeat(crate::limits::CANDIDATES_MAX + 5);
        assert_eq!(shown(&text).len(), crate::limits::CANDIDATES_MAX);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            shown(&text);
        }
    }
}
