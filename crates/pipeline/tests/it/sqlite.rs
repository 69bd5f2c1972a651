//! `dump_to_sql` with files of SQLite.

#![expect(
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    reason = "descriptors are written and read where they are used"
)]

use std::path::Path;

use model::{Json, Map};
use pipeline::context::Context;
use pipeline::error::StepError;
use rusqlite::Connection;
use serde_json::json;

use crate::harness::{Stream, context, run};

/// One resource `data` with its rows.
fn input(schema: Json, rows: Json) -> Stream {
    let resource =
        json!({"name": "data", "path": "data.csv", "dpp:streaming": true, "schema": schema});
    Stream {
        package: json!({"name": "test", "resources": [resource]}),
        resources: vec![rows.as_array().unwrap().clone()],
        stats: Map::new(),
    }
}

fn people() -> Json {
    json!({"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}],
           "primaryKey": ["id"]})
}

/// Runs the step and commits, as a run does.
fn dump(options: Json, input: &Stream, ctx: &Context) -> Result<Stream, StepError> {
    let mut table = json!({"resource-name": "data"});
    table.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let mut parameters = json!({"engine": "sqlite:///out.db", "tables": {"people": table}});
    for key in ["updated_column", "counters"] {
        if let Some(value) = parameters["tables"]["people"].as_object_mut().unwrap().remove(key) {
            parameters[key] = value;
        }
    }
    let done = run("dump_to_sql", parameters.as_object().unwrap(), input, ctx);
    for prepared in ctx.take_prepared() {
        if done.is_ok() { prepared.commit().unwrap() } else { prepared.rollback() }
    }
    done
}

fn query(folder: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(folder.join("out.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..width).map(|index| match row.get_ref(index).unwrap() {
            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{:?}", rusqlite::types::Value::try_from(other).unwrap()),
        });
        Ok(cells.collect::<Vec<_>>().join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn values_keep_their_digits_and_have_their_types() {
    let folder = tempfile::tempdir().unwrap();
    let schema = json!({"fields": [
        {"name": "i", "type": "integer"}, {"name": "n", "type": "number"},
        {"name": "b", "type": "boolean"}, {"name": "d", "type": "date"},
        {"name": "t", "type": "time"}, {"name": "dt", "type": "datetime"},
        {"name": "o", "type": "object"}, {"name": "p", "type": "geopoint"},
        {"name": "ym", "type": "yearmonth"}, {"name": "s", "type": "string"},
    ]});
    let rows = json!([
        {"i": "9223372036854775807", "n": "1.50", "b": true, "d": "2020-12-31", "t": "10:11:12",
         "dt": "2020-12-31T10:11:12Z", "o": {"a": ["ü"]}, "p": "1.5, 2", "ym": "2020-01", "s": "ü'"},
        {"i": null, "n": null, "b": null, "d": null, "t": null, "dt": null, "o": null, "p": null,
         "ym": null, "s": null},
    ]);
    dump(json!({}), &input(schema, rows), &context(folder.path())).unwrap();
    assert_eq!(
        query(folder.path(), "SELECT * FROM people"),
        [
            "Integer(9223372036854775807)|Real(1.5)|Integer(1)|2020-12-31|10:11:12.000000|\
             2020-12-31 10:11:12.000000|{\"a\": [\"ü\"]}|1.5, 2|2020-01|ü'",
            "Null|Null|Null|Null|Null|Null|Null|Null|Null|Null"
        ]
    );
}

#[test]
fn values_that_do_not_fit_name_row_field_and_fix() {
    for (field_type, value) in
        [("integer", "9223372036854775808"), ("number", "1234567890.12345678901")]
    {
        let folder = tempfile::tempdir().unwrap();
        let schema = json!({"fields": [{"name": "x", "type": field_type}]});
        let rows = json!([{"x": "1"}, {"x": "2"}, {"x": value}]);
        let error = dump(json!({}), &input(schema, rows), &context(folder.path())).unwrap_err();
        let error = error.to_json();
        assert_eq!((&error["row"], &error["field"]), (&json!(3), &json!("x")), "{error}");
        assert!(error["text"].as_str().unwrap().contains("declare the field as `string`"));
        assert!(!folder.path().join("out.db").exists(), "a new file must not stay");
    }
}

#[test]
fn a_run_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let rows = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]);
    dump(json!({}), &input(people(), rows), &context(folder.path())).unwrap();
    let before = std::fs::read(folder.path().join("out.db")).unwrap();
    for mode in ["rewrite", "append", "update"] {
        let rows = json!([{"id": 7, "name": "c"}, {"id": 8, "name": "d"}, {"id": "x", "name": ""}]);
        let mut schema = people();
        schema["fields"].as_array_mut().unwrap().push(json!({"name": "more", "type": "number"}));
        let failed = dump(json!({"mode": mode}), &input(schema, rows), &context(folder.path()));
        assert!(failed.is_err());
        let after = std::fs::read(folder.path().join("out.db")).unwrap();
        assert!(before == after, "mode {mode} changed the file");
        assert!(!folder.path().join("out.db-journal").exists());
    }
}

#[test]
fn nothing_is_visible_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    dump(json!({}), &input(people(), json!([{"id": 1, "name": "a"}])), &context(folder.path()))
        .unwrap();
    let ctx = context(folder.path());
    let parameters =
        json!({"engine": "sqlite:///out.db", "tables": {"people": {"resource-name": "data"}}});
    let rows = input(people(), json!([{"id": 2, "name": "b"}]));
    run("dump_to_sql", parameters.as_object().unwrap(), &rows, &ctx).unwrap();
    let prepared = ctx.take_prepared();
    let record = prepared[0].record();
    let environment = std::collections::BTreeMap::new();
    assert_eq!(query(folder.path(), "SELECT name FROM people"), ["a"]);
    assert_eq!(pipeline::sql::committed(&record, &environment).unwrap(), Some(false));
    for prepared in prepared {
        prepared.commit().unwrap();
    }
    assert_eq!(query(folder.path(), "SELECT name FROM people"), ["b"]);
    assert_eq!(pipeline::sql::committed(&record, &environment).unwrap(), Some(true));
}

#[test]
fn a_commit_without_new_definitions_is_recognised_in_both_journal_modes() {
    for mode in ["delete", "wal"] {
        let folder = tempfile::tempdir().unwrap();
        let rows = |id: u8| input(people(), json!([{"id": id, "name": "a"}]));
        dump(json!({}), &rows(1), &context(folder.path())).unwrap();
        let connection = Connection::open(folder.path().join("out.db")).unwrap();
        connection.pragma_update(None, "journal_mode", mode).unwrap();
        drop(connection);
        let ctx = context(folder.path());
        let parameters = json!({"engine": "sqlite:///out.db",
            "tables": {"people": {"resource-name": "data", "mode": "append"}}});
        run("dump_to_sql", parameters.as_object().unwrap(), &rows(2), &ctx).unwrap();
        let environment = std::collections::BTreeMap::new();
        for prepared in ctx.take_prepared() {
            let record = prepared.record();
            assert_eq!(pipeline::sql::committed(&record, &environment).unwrap(), Some(false));
            prepared.commit().unwrap();
            assert_eq!(pipeline::sql::committed(&record, &environment).unwrap(), Some(true));
        }
        assert_eq!(query(folder.path(), "SELECT count(*) FROM people"), ["Integer(2)"]);
    }
}

#[test]
fn update_changes_rows_with_the_same_keys_and_adds_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let first = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]);
    dump(json!({"mode": "update"}), &input(people(), first), &context(folder.path())).unwrap();
    let second = json!([{"id": 2, "name": "B"}, {"id": 3, "name": "c"}, {"id": 3, "name": "C"}]);
    let options = json!({"mode": "update", "updated_column": "changed", "counters":
        {"inserted-rowcount": "inserted", "updated-rowcount": "updated"}});
    let done = dump(options, &input(people(), second), &context(folder.path())).unwrap();
    let changed: Vec<&Json> = done.resources[0].iter().map(|row| &row["changed"]).collect();
    assert_eq!(changed, [true, false, true]);
    assert_eq!((&done.stats["inserted"], &done.stats["updated"]), (&json!(1), &json!(2)));
    assert_eq!(
        query(folder.path(), "SELECT * FROM people ORDER BY id"),
        ["Integer(1)|a", "Integer(2)|B", "Integer(3)|C"]
    );
}

#[test]
fn update_works_on_a_table_that_has_its_keys_twice() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("out.db")).unwrap();
    let sql = "CREATE TABLE people (id INTEGER, name TEXT, other TEXT);
               INSERT INTO people VALUES (1, 'a', 'x'), (1, 'b', 'y')";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let rows = json!([{"id": 1, "name": "c"}, {"id": 2, "name": "d"}]);
    dump(json!({"mode": "update"}), &input(people(), rows), &context(folder.path())).unwrap();
    assert_eq!(
        query(folder.path(), "SELECT * FROM people"),
        ["Integer(1)|c|x", "Integer(1)|c|y", "Integer(2)|d|Null"]
    );
}

/// A file with `sql` in it.
fn prepared(sql: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("out.db")).unwrap();
    connection.execute_batch(sql).unwrap();
    folder
}

#[test]
fn update_works_whatever_the_table_is_like() {
    for (label, sql) in [
        ("unique index", "CREATE UNIQUE INDEX u ON people (id)"),
        ("no index", "SELECT 1"),
        (
            "trigger",
            "CREATE TABLE log (id); CREATE TRIGGER t AFTER UPDATE ON people BEGIN \
             INSERT INTO log VALUES (new.id); END",
        ),
        (
            "no row numbers",
            "DROP TABLE people; CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, other \
             DEFAULT 'o') WITHOUT ROWID; INSERT INTO people VALUES (1, 'a', 'x')",
        ),
        (
            "a column that needs a value",
            "DROP TABLE people; CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, \
             other NOT NULL); INSERT INTO people VALUES (1, 'a', 'x'), (2, 'b', 'y')",
        ),
    ] {
        let sql = format!(
            "CREATE TABLE people (id INTEGER, name TEXT, other DEFAULT 'o'); \
             INSERT INTO people VALUES (1, 'a', 'x'); {sql}"
        );
        let folder = prepared(&sql);
        let rows = json!([{"id": 1, "name": "c"}, {"id": 2, "name": "d"}, {"id": 2, "name": "e"}]);
        let options = json!({"mode": "update", "updated_column": "changed"});
        let done = dump(options, &input(people(), rows), &context(folder.path()));
        let done = done.unwrap_or_else(|error| panic!("{label}: {}", error.to_json()));
        let changed: Vec<&Json> = done.resources[0].iter().map(|row| &row["changed"]).collect();
        let (other, is_there) = match label {
            "a column that needs a value" => ("y", true),
            _ => ("o", false),
        };
        assert_eq!(changed, [true, is_there, true], "{label}");
        assert_eq!(
            query(folder.path(), "SELECT id || name || other FROM people ORDER BY id"),
            ["1cx".to_owned(), format!("2e{other}")],
            "{label}"
        );
    }
}

#[test]
fn two_tables_are_updated_side_by_side() {
    let folder = prepared(
        "CREATE TABLE one (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO one VALUES (1, 'a'); \
         CREATE TABLE two (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO two VALUES (2, 'b')",
    );
    let ctx = context(folder.path());
    let rows = input(people(), json!([{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]));
    for (table, expected) in [("one", [true, false]), ("two", [false, true])] {
        let parameters = json!({"engine": "sqlite:///out.db", "updated_column": "changed",
            "tables": {table: {"resource-name": "data", "mode": "update"}}});
        let done = run("dump_to_sql", parameters.as_object().unwrap(), &rows, &ctx).unwrap();
        let changed: Vec<&Json> = done.resources[0].iter().map(|row| &row["changed"]).collect();
        assert_eq!(changed, expected, "{table}");
    }
    ctx.take_prepared().into_iter().for_each(|prepared| prepared.commit().unwrap());
    for table in ["one", "two"] {
        let sql = format!("SELECT name FROM {table} ORDER BY id");
        assert_eq!(query(folder.path(), &sql), ["x", "y"]);
    }
}

#[test]
fn keys_without_a_value_are_the_keys_of_no_other_row() {
    let folder = prepared("CREATE TABLE people (id INTEGER UNIQUE, name TEXT)");
    let mut schema = people();
    schema.as_object_mut().unwrap().remove("primaryKey");
    let rows = json!([{"id": null, "name": "a"}, {"id": null, "name": "b"}]);
    let options = json!({"mode": "update", "update_keys": ["id"], "updated_column": "changed"});
    let done = dump(options, &input(schema, rows), &context(folder.path())).unwrap();
    assert!(done.resources[0].iter().all(|row| row["changed"] == false));
    assert_eq!(query(folder.path(), "SELECT name FROM people ORDER BY 1"), ["a", "b"]);
}

#[test]
fn a_refused_row_is_named_within_a_large_batch() {
    use pipeline::sql::table::Table;
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path());
    let address = pipeline::sql::Address::parse("sqlite:///out.db", &ctx).unwrap();
    let parameters = json!({"tables": {"people": {"resource-name": "data"}}});
    let parameters = pipeline::parameters::Parameters(parameters.as_object().unwrap());
    let requests = Table::requests(parameters).unwrap();
    let input = input(people(), json!([]));
    let resource = input.package["resources"][0].as_object().unwrap();
    let table = requests["data"].table(resource, &requests).unwrap();
    let ids: Vec<String> =
        (1..=200).map(|id| if id == 137 { 12 } else { id }.to_string()).collect();
    let ids = ids.iter().map(|id| Some(tabular::Value::new(tabular::Kind::Integer, id.as_str())));
    let batch = tabular::Batch::new(200, [("id".into(), ids.collect())]);
    let session = ctx.databases.session(&address, &ctx).unwrap();
    let mut session = pipeline::sql::session::lock(&session);
    let number = session.begin(table).unwrap();
    let error = session.write(number, &batch, 1_000).unwrap_err();
    assert!(error.to_string().contains("write row 1137 to table `people`"), "{error}");
}

#[test]
fn append_adds_the_columns_that_are_new() {
    let folder = tempfile::tempdir().unwrap();
    let append = |schema: Json, rows: Json| {
        dump(json!({"mode": "append"}), &input(schema, rows), &context(folder.path())).unwrap()
    };
    append(people(), json!([{"id": 1, "name": "a"}]));
    let schema = json!({"fields": [{"name": "id", "type": "integer"},
        {"name": "size", "type": "number", "constraints": {"required": true, "unique": true}}]});
    append(schema, json!([{"id": 2, "size": "2.5"}]));
    assert_eq!(
        query(folder.path(), "SELECT * FROM people"),
        ["Integer(1)|a|Null", "Integer(2)|Null|Real(2.5)"]
    );
}

#[test]
fn constraints_keys_and_indexes_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let schema = json!({
        "fields": [
            {"name": "id", "type": "integer", "constraints": {"minimum": 1, "maximum": "10"}},
            {"name": "day", "type": "date", "format": "%d.%m.%Y",
             "constraints": {"minimum": "31.01.2020"}},
            {"name": "size", "type": "string", "constraints":
             {"required": true, "enum": ["S", "it's"], "maxLength": 4}},
        ],
        "primaryKey": "id",
        "uniqueKeys": [["day", "size"]],
        "foreignKeys": [{"fields": "id", "reference": {"resource": "", "fields": "id"}}],
    });
    let rows = json!([{"id": 1, "day": {"type{date}": "2020-01-31"}, "size": "it's"}]);
    let options = json!({"indexes_fields": [["size"], ["day", "size"]]});
    dump(options, &input(schema, rows), &context(folder.path())).unwrap();
    let sql = query(folder.path(), "SELECT sql FROM sqlite_schema WHERE name = 'people'");
    for part in [
        "\"id\" INTEGER NOT NULL CHECK (\"id\" >= 1) CHECK (\"id\" <= 10)",
        "\"day\" DATE CHECK (\"day\" >= '2020-01-31')",
        "CHECK (\"size\" IN ('S', 'it''s'))",
        "CHECK (length(\"size\") <= 4)",
        "PRIMARY KEY (\"id\")",
        "UNIQUE (\"day\", \"size\")",
        "FOREIGN KEY (\"id\") REFERENCES \"people\" (\"id\")",
    ] {
        assert!(sql[0].contains(part), "{part} is not in {}", sql[0]);
    }
    assert_eq!(
        query(folder.path(), "SELECT name FROM sqlite_schema WHERE name LIKE '%_ix%' ORDER BY 1"),
        ["people_ix000", "people_ix001"]
    );
}

#[test]
fn a_row_that_the_database_refuses_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Json> =
        (0..7).map(|id| json!({"id": if id == 5 { 2 } else { id }, "name": "a"})).collect();
    let rows = input(people(), Json::Array(rows));
    let error = dump(json!({}), &rows, &context(folder.path())).unwrap_err().to_json();
    assert!(error["text"].as_str().unwrap().contains("write row 6 to table `people`"), "{error}");
}

#[test]
fn a_primary_key_without_a_value_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = input(people(), json!([{"id": 1, "name": "a"}, {"id": null, "name": "b"}]));
    for mode in ["rewrite", "update"] {
        let failed = dump(json!({"mode": mode}), &rows, &context(folder.path()));
        let error = failed.unwrap_err().to_json();
        assert_eq!((&error["row"], &error["field"]), (&json!(2), &json!("id")), "{error}");
    }
}

#[test]
fn names_are_quoted_wherever_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "x\"; DROP TABLE people; --";
    let schema = json!({"fields": [{"name": evil, "type": "string", "constraints":
        {"enum": ["'); DROP TABLE people; --"]}}], "primaryKey": [evil]});
    let mut parameters = json!({"engine": "sqlite:///out.db", "tables": {"people": {}}});
    parameters["tables"] = json!({evil: {"resource-name": "data", "mode": "update",
        "indexes_fields": [[evil]]}});
    let ctx = context(folder.path());
    let rows = json!([{evil: "'); DROP TABLE people; --"}]);
    dump(json!({}), &input(people(), json!([{"id": 1, "name": "a"}])), &ctx).unwrap();
    run("dump_to_sql", parameters.as_object().unwrap(), &input(schema, rows), &ctx).unwrap();
    ctx.take_prepared().into_iter().for_each(|prepared| prepared.commit().unwrap());
    assert_eq!(
        query(folder.path(), "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"),
        ["people", evil]
    );
}

#[test]
fn two_steps_share_the_transaction_of_one_database() {
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path());
    let rows = input(people(), json!([{"id": 1, "name": "a"}]));
    for table in ["one", "two"] {
        let parameters =
            json!({"engine": "sqlite:///out.db", "tables": {table: {"resource-name": "data"}}});
        run("dump_to_sql", parameters.as_object().unwrap(), &rows, &ctx).unwrap();
    }
    let prepared = ctx.take_prepared();
    assert_eq!(prepared.len(), 1);
    prepared.into_iter().for_each(|prepared| prepared.commit().unwrap());
    assert_eq!(query(folder.path(), "SELECT one.name, two.name FROM one, two"), ["a|a"]);
}

#[test]
fn a_reader_of_the_same_file_does_not_hold_up_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Json> = (0..100).map(|id| json!({"id": id, "name": "a"})).collect();
    let rows = input(people(), Json::Array(rows));
    dump(json!({}), &rows, &context(folder.path())).unwrap();
    let reader = Connection::open(folder.path().join("out.db")).unwrap();
    let mut statement = reader.prepare("SELECT id FROM people").unwrap();
    let mut reading = statement.query([]).unwrap();
    assert!(reading.next().unwrap().is_some());
    let ctx = context(folder.path());
    let parameters =
        json!({"engine": "sqlite:///out.db", "tables": {"people": {"resource-name": "data"}}});
    run("dump_to_sql", parameters.as_object().unwrap(), &rows, &ctx).unwrap();
    while reading.next().unwrap().is_some() {}
    drop(reading);
    ctx.take_prepared().into_iter().for_each(|prepared| prepared.commit().unwrap());
}

#[test]
fn tables_and_queries_are_read_with_their_types() {
    use pipeline::sql::source::{Selection, open};
    let folder = tempfile::tempdir().unwrap();
    let schema = json!({"fields": [
        {"name": "i", "type": "integer"}, {"name": "n", "type": "number"},
        {"name": "b", "type": "boolean"}, {"name": "dt", "type": "datetime"},
        {"name": "t", "type": "time"}, {"name": "s", "type": "string"},
    ]});
    let rows: Vec<Json> = (0..20_000)
        .map(|i| {
            json!({"i": i, "n": "1.25", "b": true, "dt": "2020-12-31T10:11:12Z", "t": "10:11:12",
                   "s": "ü"})
        })
        .collect();
    let ctx = context(folder.path());
    dump(json!({}), &input(schema, Json::Array(rows)), &ctx).unwrap();
    let address = pipeline::sql::Address::parse("sqlite:///out.db", &ctx).unwrap();
    let selection = Selection::Table { name: "people".into(), order_by: Some("i desc".into()) };
    let mut source = open(&address, &selection).unwrap();
    let types: Vec<&str> = source.fields.iter().map(|f| f["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["integer", "number", "boolean", "datetime", "time", "string"]);
    let mut count = 0;
    let mut lines = String::new();
    while let Some(batch) = source.rows.next_batch().unwrap() {
        if count == 0 {
            tabular::wire::Encoder::default().encode(&batch.slice(0, 1), &mut lines);
        }
        count += batch.rows();
    }
    assert_eq!(count, 20_000);
    let first: Json = serde_json::from_str(&lines).unwrap();
    assert_eq!(
        first,
        json!({"i": 19999, "n": {"type{decimal}": "1.25"}, "b": true,
               "dt": {"type{datetime}": "2020-12-31 10:11:12"}, "t": {"type{time}": "10:11:12"},
               "s": "ü"})
    );
    let query = Selection::Query("SELECT max(i) AS last, avg(n) AS middle FROM people;".into());
    let source = open(&address, &query).unwrap();
    let types: Vec<&str> = source.fields.iter().map(|f| f["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["integer", "number"]);
    let twice = Selection::Query("SELECT 1 AS a, 2 AS a".into());
    let error = model::fault::Chain(&open(&address, &twice).unwrap_err()).to_string();
    assert!(error.contains("two columns of the result are called `a`"), "{error}");
    let wrong = Selection::Query("DELETE FROM people".into());
    assert!(open(&address, &wrong).is_err());
    let missing = Selection::Table { name: "nothing".into(), order_by: None };
    assert!(open(&address, &missing).is_err());
}

#[test]
fn a_reader_that_is_dropped_early_ends_its_thread() {
    use pipeline::sql::source::{Selection, open};
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path());
    let address = pipeline::sql::Address::parse("sqlite:///out.db", &ctx).unwrap();
    dump(json!({}), &input(people(), json!([{"id": 1, "name": "a"}])), &ctx).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let mut source = open(&address, &Selection::Query(endless.into())).unwrap();
    assert!(source.rows.next_batch().unwrap().is_some());
    drop(source);
    dump(json!({}), &input(people(), json!([{"id": 2, "name": "b"}])), &ctx).unwrap();
    assert_eq!(query(folder.path(), "SELECT name FROM people"), ["b"]);
}

#[test]
fn a_query_that_breaks_off_names_the_database_and_the_row() {
    use model::fault::Fault;
    use pipeline::sql::source::{Selection, open};
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path());
    dump(json!({}), &input(people(), json!([{"id": 1, "name": "a"}])), &ctx).unwrap();
    let address = pipeline::sql::Address::parse("sqlite:///out.db", &ctx).unwrap();
    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60000)
               SELECT abs(CASE x WHEN 60000 THEN -9223372036854775808 ELSE x END) AS y FROM n";
    let mut source = open(&address, &Selection::Query(sql.into())).unwrap();
    let error = loop {
        match source.rows.next_batch() {
            Ok(batch) => assert!(batch.is_some(), "the query ends with an error"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "DATABASE_FAILED");
    assert_eq!(error.to_string(), "SQLite broke off at row 60000: integer overflow");
}
