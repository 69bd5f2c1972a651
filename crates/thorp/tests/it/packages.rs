//! Data packages of others: what their descriptors may say.

use serde_json::{Value, json};

use crate::project::{Project, stderr, stdout};
use crate::server::Server;

/// Loads all of `in/datapackage.json`, checks it and writes it to `out`.
const COPY: &str = "
p:
  pipeline:
    - run: load_resource
      parameters: {url: in/datapackage.json, resource: '.*'}
    - run: validate
    - run: dump_to_path
      parameters: {out-path: out}
";

/// A project that copies a package with these resources.
fn copying(resources: &Value) -> Project {
    let project = Project::new(COPY);
    let package = json!({"name": "in", "resources": resources});
    project.write("in/datapackage.json", &package.to_string());
    project
}

fn validated(project: &Project) -> String {
    stdout(&project.run(&["validate", "in"]))
}

#[test]
fn case_in_a_header_means_nothing_when_the_dialect_says_so() {
    let resource = |dialect: Value| {
        json!([{
            "name": "cities", "path": "cities.csv", "dialect": dialect,
            "schema": {"fields": [
                {"name": "name", "type": "string"},
                {"name": "People", "type": "integer"},
            ]},
        }])
    };
    let insensitive = copying(&resource(json!({"caseSensitiveHeader": false})));
    insensitive.write("in/cities.csv", "NAME,people\nBern,134591\n");
    let output = insensitive.run(&["run", "all"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert_eq!(insensitive.read("out/cities.csv"), "name,People\r\nBern,134591\r\n");
    assert!(insensitive.run(&["validate", "in"]).status.success(), "{}", validated(&insensitive));

    let sensitive = copying(&resource(json!({"caseSensitiveHeader": true})));
    sensitive.write("in/cities.csv", "NAME,people\nBern,134591\n");
    assert!(stdout(&sensitive.run(&["run", "all"])).contains("FAILURE"));
    assert!(validated(&sensitive).contains("the table has no column of this name"));
}

#[test]
fn columns_that_differ_in_case_alone_keep_their_names() {
    let project = copying(&json!([{
        "name": "t", "path": "t.csv", "dialect": {"caseSensitiveHeader": false},
        "schema": {"fields": [{"name": "a"}, {"name": "A"}]},
    }]));
    project.write("in/t.csv", "a,A\n1,2\n");
    assert!(project.run(&["validate", "in"]).status.success(), "{}", validated(&project));
    assert!(stdout(&project.run(&["run", "all"])).contains("SUCCESS"));
    assert_eq!(project.read("out/t.csv"), "a,A\r\n1,2\r\n");
}

#[test]
fn a_reference_to_another_package_is_refused_and_not_held_against_this_one() {
    for key in ["package", "datapackage"] {
        let reference = json!({key: "https://example.org/p.json", "resource": "b", "fields": "x"});
        let project = copying(&json!([
            {"name": "a", "path": "a.csv", "schema": {
                "fields": [{"name": "x", "type": "integer"}],
                "foreignKeys": [{"fields": "x", "reference": reference}],
            }},
            {"name": "b", "path": "b.csv", "schema": {"fields": [{"name": "x", "type": "integer"}]}},
        ]));
        project.write("in/a.csv", "x\n1\n");
        project.write("in/b.csv", "x\n2\n");
        let text = validated(&project);
        let refusal = "`x` refers to the package `https://example.org/p.json`; \
                       references to other packages are not checked";
        assert!(text.contains(refusal) && !text.contains("is not in field"), "{text}");
        let text = stdout(&project.run(&["run", "all"]));
        assert!(text.contains("FAILURE") && text.contains(refusal), "{text}");
    }
}

#[test]
fn a_resource_may_be_a_table_of_a_database_file() {
    let maker = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: cities.csv}
    - run: set_types
      parameters: {types: {people: {type: integer}}}
    - run: dump_to_sql
      parameters: {engine: 'sqlite:///cities.sqlite', tables: {big: {resource-name: cities}}}
",
    );
    maker.write("cities.csv", "name,people\nBern,134591\nRome,2748109\n");
    assert!(maker.run(&["run", "all"]).status.success());
    let database = std::fs::read(maker.path("cities.sqlite")).unwrap();
    let resource = |dialect: Value| {
        json!([{
            "name": "cities", "type": "table", "path": "cities.sqlite", "dialect": dialect,
            "schema": {"fields": [
                {"name": "name", "type": "string"},
                {"name": "people", "type": "integer", "constraints": {"maximum": 1_000_000}},
            ]},
        }])
    };
    let put = |project: &Project| {
        std::fs::write(project.path("in/cities.sqlite"), &database).unwrap();
    };
    let project = copying(&resource(json!({"table": "big"})));
    put(&project);
    let text = validated(&project);
    assert!(text.contains("row 2") && text.contains("2748109"), "{text}");
    project.write("pipeline-spec.yaml", &COPY.replace("    - run: validate\n", ""));
    let output = project.run(&["run", "all"]);
    assert!(stdout(&output).contains("row 2"), "{}", stdout(&output));

    for (dialect, problem) in [
        (json!({}), "a database needs `table` in its dialect"),
        (json!({"table": "small"}), "no such table"),
    ] {
        let project = copying(&resource(dialect));
        put(&project);
        let text = validated(&project);
        assert!(text.contains(problem), "{text}");
    }
}

#[test]
fn a_database_at_an_address_is_read_like_a_file() {
    let server = Server::start();
    server.put("/empty.sqlite", "no database");
    let resources = json!([{
        "name": "cities", "type": "table", "path": server.url("/empty.sqlite"),
        "dialect": {"table": "big"}, "schema": {"fields": [{"name": "name"}]},
    }]);
    let project = copying(&resources);
    let text = validated(&project);
    assert!(text.contains("not a database"), "{text}");
}

#[test]
fn a_warning_about_a_key_is_given_once() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: 'text://n\\n1\\n', format: csv, name: numbers}
    - run: filter
      parameters: {in: [{n: '1'}], resorces: numbers, on: 1}
    - run: dump_to_path
      parameters: {out-path: out, pretty-descriptor: false, force-format: true, formt: csv}
",
    );
    for arguments in [&["run", "all"][..], &["run", "all", "--verbose", "--report", "r.html"]] {
        let output = project.run(arguments);
        let text = stderr(&output);
        assert!(output.status.success(), "{text}");
        for key in ["resorces", "on", "pretty-descriptor", "force-format", "formt"] {
            let about = text.lines().filter(|line| line.contains(&format!("`{key}`"))).count();
            assert_eq!(about, 1, "{key}: {text}");
        }
    }
}
