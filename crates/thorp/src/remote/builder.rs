//! Says where a cluster is, and what to show there.

use std::path::PathBuf;
use std::sync::Arc;

use super::Client;
use super::desk::Remote;
use super::doors::Doors;
use super::error::ConnectError;
use super::find::Found;
use super::introduce::introduce;
use crate::node::contact::Contacts;

/// Says where a cluster is, and what to show there. What is not said is looked up as the commands
/// do: in `THORP_CLUSTER` and `THORP_TOKEN`, and among the nodes of this user.
#[derive(Clone, Default)]
#[must_use = "nothing is asked before `connect`"]
pub struct Builder {
    url: Option<String>,
    token: Option<String>,
    authority: Option<String>,
    line: Option<String>,
    contacts: Option<PathBuf>,
}

impl Builder {
    /// The HTTPS door of any member, such as `https://10.0.0.7:8443`. The others are learnt there.
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// The token of the cluster: what `DATA/token` of a member holds.
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// The certificate authority of the cluster, as PEM. Without one it is looked up by the URL
    /// among the nodes of this user; else the authorities of this machine count.
    pub fn authority(self, pem: impl Into<String>) -> Self {
        Self { authority: Some(pem.into()), ..self }
    }

    /// The line that `thorp token` prints on a member: it says where the cluster is, and is all
    /// that is needed. Whoever has the line can also join the cluster with a node.
    pub fn line(self, line: impl Into<String>) -> Self {
        Self { line: Some(line.into()), ..self }
    }

    /// The folder where nodes of this user say where they are; `~/.local/state/thorp` unless it
    /// is said.
    pub fn contacts(self, folder: impl Into<PathBuf>) -> Self {
        Self { contacts: Some(folder.into()), ..self }
    }

    /// Finds the cluster, shows the token, and learns where its members are.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when nothing says where the cluster is, it cannot be reached within
    /// [`limits::CALL`](crate::limits::CALL), or it refuses the token.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        let (found, others) = match self.line {
            Some(line) => {
                let introduction = introduce(&line).await?;
                let mut urls = introduction.doors.into_iter();
                let url = urls.next().ok_or(ConnectError::NoDoor)?;
                let (token, authority) = (introduction.token, Some(introduction.authority));
                (Found { url, token, authority }, urls.collect())
            }
            None => (self.look().await?, Vec::new()),
        };
        let doors = Doors::new(found)?;
        doors.add(others);
        doors.learn().await?;
        Ok(Client { desk: Arc::new(Remote::new(doors)) })
    }

    /// Looks for what was not said. Files are read and ports are tried, so it is done elsewhere.
    async fn look(self) -> Result<Found, ConnectError> {
        let looked = tokio::task::spawn_blocking(move || {
            let contacts = self.contacts.map(|folder| Contacts::at(&folder));
            let contacts = contacts.or_else(Contacts::of_user);
            let found = Found::look_in(contacts.as_ref(), self.url, self.token)?;
            Ok(Found { authority: self.authority.or(found.authority), ..found })
        });
        looked.await.expect("looking for a cluster does not panic")
    }
}

/// Shows no secret.
impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("url", &self.url).finish_non_exhaustive()
    }
}
