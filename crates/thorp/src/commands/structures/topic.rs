//! `thorp topic`.

use std::process::ExitCode;

use gateway::https::body::Octets;
use gateway::https::body::name::Kind;
use gateway::https::body::topic::{Append, Entries, Entry, FollowQuery, Id, RangeQuery};

use super::{is_read_by_people, list, print_json, remove, shown};
use crate::cli::Output;
use crate::cli::structures::TopicCommand;
use crate::client::Cluster;
use crate::commands::DONE;

pub(crate) fn run(
    cluster: &Cluster,
    command: &TopicCommand,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match command {
        TopicCommand::List => list(cluster, Kind::Topic, output)?,
        TopicCommand::Append { topic, fields } => {
            let octets = |text: &String| Octets::from(text.as_str());
            let fields = fields.iter().map(|(field, value)| (octets(field), octets(value)));
            let append = Append { fields: fields.collect(), id: None, len_max: None };
            let id: Id = cluster.post(&["topics", topic, "entries"]).json(&append).read()?;
            match output {
                Output::Text => println!("{}", id.id),
                Output::Json => print_json(&id)?,
            }
        }
        TopicCommand::Read { topic, after, limit } => {
            let (after, count) = (after.clone(), Some(*limit));
            let query = RangeQuery { after, count, ..RangeQuery::default() };
            let page: Entries = cluster.get(&["topics", topic, "entries"]).query(&query).read()?;
            page.entries.iter().try_for_each(|entry| print(entry, output))?;
        }
        TopicCommand::Follow { topic, after } => follow(cluster, topic, after.clone(), output)?,
        TopicCommand::Drop(args) => remove(cluster, args, output)?,
    }
    Ok(DONE)
}

fn follow(
    cluster: &Cluster,
    topic: &str,
    after: Option<String>,
    output: Output,
) -> anyhow::Result<()> {
    if is_read_by_people() {
        eprintln!("following `{topic}`; Ctrl-C ends it");
    }
    let request = cluster.get(&["topics", topic, "follow"]).query(&FollowQuery { after });
    for event in request.events()? {
        let event = event?;
        if event.name == "entry" {
            print(&serde_json::from_str(&event.data)?, output)?;
        }
    }
    anyhow::bail!("the node ended the stream; start it again with --after ID")
}

/// The id, and each field with its value.
fn print(entry: &Entry, output: Output) -> anyhow::Result<()> {
    if output == Output::Json {
        return print_json(entry);
    }
    let fields = entry.fields.iter().flatten();
    let fields: Vec<String> =
        fields.map(|(field, value)| format!("{}={}", shown(field), shown(value))).collect();
    println!("{}\t{}", entry.id, fields.join("\t"));
    Ok(())
}
