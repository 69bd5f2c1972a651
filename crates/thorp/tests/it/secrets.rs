//! `env://NAME`: steps see the value, nothing that is written does.

use std::io::Read;
use std::path::PathBuf;

use crate::project::{Project, stderr, stdout};
use crate::server::Server;

const TOKEN: &str = "s3cr3t-t0ken-0123456789";

/// A server that gives its table only to those who know the token, and the address with it.
fn guarded() -> (Server, String) {
    let server = Server::start();
    let target = format!("/cities.csv?token={TOKEN}&v=1");
    server.put(&target, "name,people\nBern,134591\nRome,2748109\n");
    let address = server.url(&target);
    (server, address)
}

/// Files below the project that hold the token; packed ones are unpacked.
fn leaks(project: &Project) -> Vec<PathBuf> {
    let found = project.snapshot("").into_iter().filter(|(path, content)| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let unpacked = match ending {
            Some("zst") => zstd::decode_all(content.as_slice()).unwrap(),
            Some("zip") => members(content),
            _ => content.clone(),
        };
        String::from_utf8_lossy(&unpacked).contains(TOKEN)
    });
    found.map(|(path, _)| path).collect()
}

fn members(archive: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut content = Vec::new();
    for index in 0..archive.len() {
        archive.by_index(index).unwrap().read_to_end(&mut content).unwrap();
    }
    content
}

const REMOTE: &str = "
p:
  pipeline:
    - run: add_resource
      parameters: {name: cities, url: env://CITIES}
    - run: update_package
      parameters: {title: env://TITLE, notes: [{from: env://CITIES}]}
    - run: stream_remote_resources
      cache: true
    - run: pass_on
    - run: checkpoint
      parameters: {checkpoint_name: kept}
    - run: dump_to_path
      parameters: {out-path: out}
    - run: dump.to_path
      parameters: {out-path: old, pretty-descriptor: true}
    - run: dump_to_zip
      parameters: {out-file: out.zip}
    - run: dump_to_sql
      parameters: {engine: 'sqlite:///out.db', tables: {cities: {resource-name: cities}}}
";

const PASS_ON: &str = "
import logging
from datapackage_pipelines.wrapper import ingest, spew

parameters, datapackage, resources = ingest()
logging.warning('read from %s', datapackage['resources'][0]['dpp:streamedFrom'])
spew(datapackage, resources, {'source': datapackage['resources'][0]['dpp:streamedFrom']})
";

#[test]
fn a_token_in_the_address_of_a_resource_is_in_nothing_that_is_written() {
    let (_server, address) = guarded();
    let project = Project::new(REMOTE);
    project.write("pass_on.py", PASS_ON);
    // From the source, then from what the cache kept, then from the checkpoint.
    for arguments in [&["run", "all", "--no-cache"][..], &["run", "all"], &["run", "all"]] {
        let output = project
            .command(&["--output", "json"])
            .args(arguments)
            .args(["--verbose", "--report", "report.html"])
            .env("CITIES", &address)
            .env("TITLE", format!("Cities, {TOKEN}"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
        for text in [stdout(&output), stderr(&output)] {
            assert!(!text.contains(TOKEN), "{text}");
        }
        assert!(stdout(&output).contains("\"source\":\"env://CITIES\""), "{}", stdout(&output));
        let descriptor = project.read("out/datapackage.json");
        assert!(descriptor.contains("\"dpp:streamedFrom\": \"env://CITIES\""), "{descriptor}");
        assert!(descriptor.contains("\"title\": \"env://TITLE\""), "{descriptor}");
        assert!(project.read("out/data/cities.csv").contains("Bern"));
        assert_eq!(leaks(&project), Vec::<PathBuf>::new());
    }
    assert!(project.path(".checkpoints/kept.zst").exists());
    assert!(project.read("report.html").contains("cities"));
}

#[test]
fn a_failure_names_the_variable_and_not_its_value() {
    let (server, address) = guarded();
    let gone = server.url(&format!("/gone.csv?token={TOKEN}"));
    let loads =
        [("load", "from"), ("load_resource", "resource: all, url"), ("load_metadata", "url")];
    for (run, key) in loads {
        for value in [gone.as_str(), address.as_str(), &format!("nope://{TOKEN}")] {
            let project = Project::new(&format!(
                "p:\n  pipeline:\n    - run: {run}\n      parameters: {{{key}: env://PLACE}}\n    \
                 - run: set_types\n      parameters: {{types: {{name: {{type: integer}}}}}}\n"
            ));
            let output = project
                .command(&["--output", "json", "run", "all", "--report", "report.html"])
                .env("PLACE", value)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(1), "{run}: {}", stdout(&output));
            let text = stdout(&output) + &stderr(&output);
            assert!(!text.contains(TOKEN), "{text}");
            assert_eq!(leaks(&project), Vec::<PathBuf>::new(), "{text}");
        }
    }
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_parameter() {
    let project = Project::new(
        "p:\n  pipeline:\n    - run: update_package\n      parameters: {a: {b: env://NOT_SET}}\n",
    );
    let text = stdout(&project.run(&["run", "all"]));
    assert!(text.contains("`NOT_SET` is not set, parameter `a.b` needs it"), "{text}");
}

#[test]
fn a_processor_by_itself_resolves_variables_and_hides_them_in_errors() {
    let (server, _) = guarded();
    let project = Project::new("");
    let gone = server.url(&format!("/gone.csv?token={TOKEN}"));
    let mut command = project.command(&["processor", "run", "load", "--first"]);
    command.args(["--parameters", r#"{"from": "env://PLACE"}"#]).env("PLACE", gone);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"{}\n{\"name\": \"_\", \"resources\": []}\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("/gone.csv"), "{}", stderr(&output));
    assert!(!stderr(&output).contains(TOKEN), "{}", stderr(&output));
}

#[test]
fn a_package_in_a_folder_that_a_variable_names_can_be_read() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: data.csv}
    - run: update_resource
      parameters: {metadata: {path: data/data.csv}}
    - run: dump_to_path
      parameters: {out-path: env://OUT}
",
    );
    project.write("data.csv", "data\n1\n");
    let output = project.command(&["run", "all"]).env("OUT", "data").output().unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
    let checked = project.run(&["validate", "data"]);
    assert!(checked.status.success(), "{}", stdout(&checked));
}
