//! Which notices concern whoever waits for another answer to a question.

use bytes::Bytes;

use crate::command::Query;
use crate::notice::{Event, Notice};
use crate::{counter, lock, map, queue, topic};

impl Query {
    /// Whether the answer may be another one after `notice`. It may be the same all the same.
    #[must_use]
    pub fn is_about(&self, notice: &Notice) -> bool {
        let names = |name: &Bytes| notice.name == name;
        notice.event == Event::Flushed
            || match self {
                Self::Map(query) => match query {
                    map::Query::Get { map, .. }
                    | map::Query::GetMany { map, .. }
                    | map::Query::Length { map, .. }
                    | map::Query::Range { map, .. }
                    | map::Query::Len { map }
                    | map::Query::All { map }
                    | map::Query::Scan { map, .. }
                    | map::Query::Random { map, .. }
                    | map::Query::Changes { map, .. } => names(map),
                    map::Query::Compare { .. } => notice.name == map::DEFAULT,
                },
                Self::Queue(
                    queue::Query::Status { name }
                    | queue::Query::Peek { name, .. }
                    | queue::Query::Dead { name, .. },
                )
                | Self::Lock(lock::Query::Status { name })
                | Self::Counter(counter::Query::Get { name })
                | Self::Topic(topic::Query::Len { name } | topic::Query::Last { name }) => {
                    names(name)
                }
                Self::Topic(topic::Query::Read { topics, .. }) => {
                    topics.iter().any(|(name, _)| names(name))
                }
                Self::Topic(_)
                | Self::Names(_)
                | Self::List(_)
                | Self::Set(_)
                | Self::Sorted(_)
                | Self::Patches(_)
                | Self::Settings(_) => true,
            }
    }
}
