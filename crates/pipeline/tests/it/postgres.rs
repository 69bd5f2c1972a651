//! `dump_to_sql` with a PostgreSQL server, which `THORP_TEST_POSTGRES` names.

#![expect(
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    reason = "descriptors are written and read where they are used"
)]

use std::collections::BTreeMap;
use std::path::Path;

use model::{Json, Map};
use pipeline::context::Context;
use pipeline::error::StepError;
use pipeline::sql::Address;
use pipeline::sql::engine::Engine;
use pipeline::sql::postgres::client::Client;
use serde_json::json;

use crate::harness::{Stream, context, run};

/// A schema of its own on the server, dropped at the end.
struct Server {
    url: String,
    schema: String,
    admin: Client,
}

impl Server {
    fn start(name: &str) -> Option<Self> {
        let Ok(url) = std::env::var("THORP_TEST_POSTGRES") else {
            eprintln!("SKIPPED: no PostgreSQL server; set THORP_TEST_POSTGRES");
            return None;
        };
        let schema = format!("thorp_{name}_{}", std::process::id());
        let address = Address::resolve(&url, &BTreeMap::new(), Path::new("/")).unwrap();
        let Engine::Postgres(config) = &address.engine else { panic!("not PostgreSQL") };
        let admin = Client::connect(&address, config).unwrap();
        let sql = format!("CREATE SCHEMA {schema}; SET search_path = {schema}");
        admin.execute("prepare", &sql).unwrap();
        let sign = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{sign}options=-csearch_path%3D{schema}");
        Some(Self { url, schema, admin })
    }

    fn context(&self) -> Context {
        let mut ctx = context(Path::new("/"));
        let environment = [("DATABASE".to_owned(), self.url.clone())];
        ctx.environment = std::sync::Arc::new(environment.into_iter().collect());
        ctx
    }

    /// The rows of a query, cells as text with `|` between them.
    fn query(&self, sql: &str) -> Vec<String> {
        let sql = format!("SELECT concat_ws('|', VARIADIC q.cells) FROM ({sql}) q");
        let rows = self.admin.query("ask", &sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    fn execute(&self, sql: &str) {
        self.admin.execute("prepare", sql).unwrap();
    }

    fn dump(&self, options: Json, input: &Stream) -> Result<Stream, StepError> {
        let ctx = self.context();
        let done = step(options, input, &ctx);
        for prepared in ctx.take_prepared() {
            if done.is_ok() { prepared.commit().unwrap() } else { prepared.rollback() }
        }
        done
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.execute(&format!("DROP SCHEMA {} CASCADE", self.schema));
    }
}

/// Runs the step without committing.
fn step(mut options: Json, input: &Stream, ctx: &Context) -> Result<Stream, StepError> {
    let mut parameters = json!({"engine": "env://DATABASE"});
    for key in ["updated_column", "counters"] {
        if let Some(value) = options.as_object_mut().unwrap().remove(key) {
            parameters[key] = value;
        }
    }
    options["resource-name"] = "data".into();
    parameters["tables"] = json!({"people": options});
    run("dump_to_sql", parameters.as_object().unwrap(), input, ctx)
}

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

const PEOPLE: &str = "SELECT ARRAY[id::text, name] AS cells FROM people ORDER BY id, name";

#[test]
fn values_keep_their_digits_and_have_their_types() {
    let Some(server) = Server::start("types") else { return };
    let schema = json!({"fields": [
        {"name": "i", "type": "integer"}, {"name": "n", "type": "number"},
        {"name": "b", "type": "boolean"}, {"name": "d", "type": "date"},
        {"name": "t", "type": "time"}, {"name": "dt", "type": "datetime"},
        {"name": "o", "type": "object"}, {"name": "p", "type": "geopoint"},
        {"name": "ym", "type": "yearmonth"}, {"name": "s", "type": "string"},
    ]});
    let rows = json!([
        {"i": "9223372036854775807", "n": "1.50", "b": true, "d": "2020-12-31", "t": "10:11:12",
         "dt": "2020-12-31T10:11:12Z", "o": {"a": ["ü", {"type{decimal}": "1.25"}]}, "p": "1.5, 2",
         "ym": "2020-01", "s": "a\tb\\c\nü'\r"},
        {"i": null, "n": "0.1234567890123456789012345678901234567890", "b": null, "d": null,
         "t": null, "dt": null, "o": null, "p": null, "ym": null, "s": "\\N"},
        {"i": "-170141183460469231731687303715884105729", "n": null, "b": null, "d": null,
         "t": null, "dt": null, "o": null, "p": null, "ym": null, "s": null},
    ]);
    server.dump(json!({}), &input(schema, rows)).unwrap();
    let columns = "ARRAY[i::text, n::text, b::text, d::text, t::text, dt::text, o::text, p, ym, s]";
    assert_eq!(
        server.query(&format!("SELECT {columns} AS cells FROM people")),
        [
            "9223372036854775807|1.50|true|2020-12-31|10:11:12|2020-12-31 10:11:12|\
             {\"a\": [\"ü\", 1.25]}|1.5, 2|2020-01|a\tb\\c\nü'\r",
            "0.1234567890123456789012345678901234567890|\\N",
            "-170141183460469231731687303715884105729",
        ]
    );
    assert_eq!(
        server.query(
            "SELECT ARRAY[string_agg(format_type(atttypid, NULL), ',' ORDER BY attnum)] AS cells \
             FROM pg_attribute WHERE attrelid = 'people'::regclass AND attnum > 0"
        ),
        ["numeric,numeric,boolean,date,time without time zone,timestamp without time zone,jsonb,\
          text,text,text"]
    );
}

#[test]
fn a_run_that_fails_leaves_every_row_as_it_was() {
    let Some(server) = Server::start("fail") else { return };
    let rows = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]);
    server.dump(json!({}), &input(people(), rows)).unwrap();
    for mode in ["rewrite", "append", "update"] {
        for last in [json!({"id": "x", "name": ""}), json!({"id": 9, "name": "a\u{0}"})] {
            let rows = json!([{"id": 7, "name": "c"}, {"id": 1, "name": "d"}, last]);
            let failed = server.dump(json!({"mode": mode}), &input(people(), rows));
            let error = failed.unwrap_err().to_json();
            assert_eq!(error["row"], 3, "{error}");
            assert_eq!(server.query(PEOPLE), ["1|a", "2|b"]);
        }
    }
    assert_eq!(
        server.query(
            "SELECT ARRAY[count(*)::text] AS cells FROM pg_tables \
                      WHERE schemaname = current_schema()"
        ),
        ["1"]
    );
}

#[test]
fn readers_see_the_old_rows_until_the_commit() {
    let Some(server) = Server::start("commit") else { return };
    let rows = |name: &str| input(people(), json!([{"id": 1, "name": name}]));
    server.dump(json!({}), &rows("a")).unwrap();
    let environment = server.context().environment;
    let status = |record: &Json| pipeline::sql::committed(record, &environment).unwrap();
    let ctx = server.context();
    step(json!({"mode": "append"}), &rows("b"), &ctx).unwrap_err();
    let refused: Vec<Json> = ctx
        .take_prepared()
        .into_iter()
        .map(|prepared| {
            let record = prepared.record();
            prepared.rollback();
            record
        })
        .collect();
    assert_eq!(status(&refused[0]), Some(false));
    assert!(!refused[0].to_string().contains("postgresql://"), "{}", refused[0]);
    let ctx = server.context();
    step(json!({"mode": "update"}), &rows("c"), &ctx).unwrap();
    assert_eq!(server.query(PEOPLE), ["1|a"]);
    let prepared = ctx.take_prepared().pop().unwrap();
    let record = prepared.record();
    prepared.commit().unwrap();
    assert_eq!(status(&record), Some(true));
    assert_eq!(server.query(PEOPLE), ["1|c"]);
}

#[test]
fn update_changes_rows_with_the_same_keys_and_adds_the_others() {
    let Some(server) = Server::start("update") else { return };
    let first = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]);
    server.dump(json!({"mode": "update"}), &input(people(), first)).unwrap();
    let second = json!([{"id": 2, "name": "B"}, {"id": 3, "name": "c"}, {"id": 3, "name": "C"}]);
    let options = json!({"mode": "update", "updated_column": "changed", "counters":
        {"inserted-rowcount": "inserted", "updated-rowcount": "updated"}});
    let done = server.dump(options, &input(people(), second)).unwrap();
    let changed: Vec<&Json> = done.resources[0].iter().map(|row| &row["changed"]).collect();
    assert_eq!(changed, [true, false, true]);
    assert_eq!((&done.stats["inserted"], &done.stats["updated"]), (&json!(1), &json!(2)));
    assert_eq!(server.query(PEOPLE), ["1|a", "2|B", "3|C"]);
}

#[test]
fn update_works_on_a_table_that_has_its_keys_twice() {
    let Some(server) = Server::start("twice") else { return };
    server.execute("CREATE TABLE people (id integer, name text, other text)");
    server.execute("INSERT INTO people VALUES (1, 'a', 'x'), (1, 'b', 'y'), (NULL, 'n', 'z')");
    let mut schema = people();
    schema.as_object_mut().unwrap().remove("primaryKey");
    let rows = json!([{"id": 1, "name": "c"}, {"id": 2, "name": "d"}, {"id": 2, "name": "e"},
                      {"id": null, "name": "m"}]);
    server.dump(json!({"mode": "update", "update_keys": ["id"]}), &input(schema, rows)).unwrap();
    assert_eq!(server.query(PEOPLE), ["1|c", "1|c", "2|e", "m", "n"]);
}

#[test]
fn update_leaves_alone_what_it_does_not_write() {
    let Some(server) = Server::start("required") else { return };
    server.execute("CREATE TABLE people (id integer PRIMARY KEY, name text, other text NOT NULL)");
    server.execute("INSERT INTO people VALUES (1, 'a', 'x')");
    let rows = json!([{"id": 1, "name": "b"}]);
    server.dump(json!({"mode": "update"}), &input(people(), rows)).unwrap();
    let columns = "SELECT ARRAY[name, other] AS cells FROM people";
    assert_eq!(server.query(columns), ["b|x"]);
}

#[test]
fn append_adds_columns_and_makes_room_for_large_integers() {
    let Some(server) = Server::start("append") else { return };
    server.execute("CREATE TABLE people (id integer, name text, size double precision)");
    server.execute("INSERT INTO people VALUES (1, 'a', 0.5)");
    let schema = json!({"fields": [{"name": "id", "type": "integer"},
        {"name": "size", "type": "number"},
        {"name": "more", "type": "date", "constraints": {"required": true, "unique": true}}]});
    let rows = json!([{"id": "3000000000", "size": "2.5", "more": "2020-01-01"},
                      {"id": "30000000000000000000", "size": "2.5", "more": "2020-01-02"}]);
    server.dump(json!({"mode": "append"}), &input(schema, rows)).unwrap();
    assert_eq!(
        server.query(
            "SELECT ARRAY[id::text, name, size::text, more::text] AS cells FROM people ORDER BY id"
        ),
        ["1|a|0.5", "3000000000|2.5|2020-01-01", "30000000000000000000|2.5|2020-01-02"]
    );
}

#[test]
fn a_value_that_an_older_column_cannot_hold_names_row_and_field() {
    let Some(server) = Server::start("misfit") else { return };
    server.execute("CREATE TABLE people (id integer, name integer)");
    let rows = json!([{"id": 1, "name": "7"}, {"id": 2, "name": "x"}]);
    let error = server.dump(json!({"mode": "append"}), &input(people(), rows)).unwrap_err();
    let error = error.to_json();
    assert_eq!((&error["row"], &error["field"]), (&json!(2), &json!("name")), "{error}");
}

#[test]
fn a_number_that_a_column_would_round_is_refused_with_its_row() {
    let Some(server) = Server::start("digits") else { return };
    let number = |scale: Json| {
        let mut field = json!({"name": "n", "type": "number"});
        if !scale.is_null() {
            field["scale"] = scale;
        }
        json!({"fields": [field]})
    };
    let dump = |mode: &str, scale: Json, values: [&str; 2]| {
        let rows = json!([{"n": values[0]}, {"n": values[1]}]);
        server.dump(json!({"mode": mode}), &input(number(scale), rows))
    };
    let rows = || server.query("SELECT ARRAY[n::text] AS cells FROM people ORDER BY n");

    dump("rewrite", json!(2), ["1.5", "2E+3"]).unwrap();
    assert_eq!(rows(), ["1.50", "2000.00"]);
    for (mode, scale) in [("rewrite", json!(2)), ("append", Json::Null)] {
        let error = dump(mode, scale, ["1.500", "1.505"]).unwrap_err().to_json();
        assert_eq!((&error["row"], &error["field"]), (&json!(2), &json!("n")), "{error}");
        assert!(error["text"].to_string().contains("needs 3 digits"), "{error}");
    }
    assert_eq!(rows(), ["1.50", "2000.00"]);

    server.execute("DROP TABLE people; CREATE TABLE people (n double precision)");
    dump("append", Json::Null, ["0.1", "9007199254740992"]).unwrap();
    for value in ["0.12345678901234567890", "9007199254740993"] {
        let error = dump("append", Json::Null, ["1", value]).unwrap_err().to_json();
        assert_eq!(error["row"], 2, "{error}");
    }
}

#[test]
fn constraints_keys_indexes_and_comments_are_made() {
    let Some(server) = Server::start("constraints") else { return };
    let schema = json!({
        "fields": [
            {"name": "id", "type": "integer", "title": "Number", "description": "it's unique",
             "constraints": {"minimum": 1, "maximum": "10"}},
            {"name": "day", "type": "date", "format": "%d.%m.%Y",
             "constraints": {"minimum": "31.01.2020"}},
            {"name": "size", "type": "string", "constraints":
             {"required": true, "enum": ["S", "it's"], "maxLength": 4, "pattern": "[a-zS']+|\\w"}},
            {"name": "odd", "type": "string", "constraints": {"unique": true, "pattern": "(?P<a>x)"}},
        ],
        "primaryKey": "id",
        "uniqueKeys": [["day", "size"]],
        "foreignKeys": [{"fields": "id", "reference": {"resource": "", "fields": "id"}}],
    });
    let rows = json!([{"id": 1, "day": {"type{date}": "2020-01-31"}, "size": "S", "odd": "x"}]);
    let options = json!({"indexes_fields": [["size"], ["day", "size"]]});
    for _ in 0..2 {
        server.dump(options.clone(), &input(schema.clone(), rows.clone())).unwrap();
    }
    let constraints = server.query(
        "SELECT ARRAY[conname::text, pg_get_constraintdef(oid)] AS cells FROM pg_constraint \
         WHERE conrelid = 'people'::regclass",
    );
    let constraints = constraints.join("\n");
    for part in [
        "(id >= '1'::bigint)",
        "(id <= '10'::bigint)",
        "(day >= '2020-01-31'::date)",
        "'it''s'::text",
        "(char_length(size) <= 4)",
        "people_pkey|PRIMARY KEY (id)",
        "UNIQUE (day, size)",
        "UNIQUE (odd)",
        "FOREIGN KEY (id) REFERENCES people(id)",
        "(size ~ '^(?:[a-zS'']+|\\w)$'::text)",
    ] {
        assert!(constraints.contains(part), "{part} is not in {constraints}");
    }
    assert!(!constraints.contains("(?P"), "{constraints}");
    assert_eq!(
        server.query(
            "SELECT ARRAY[indexname::text] AS cells FROM pg_indexes \
             WHERE schemaname = current_schema() AND indexname ~ '_ix' ORDER BY 1"
        ),
        ["people_ix000", "people_ix001"]
    );
    assert_eq!(
        server.query("SELECT ARRAY[col_description('people'::regclass, 1)] AS cells"),
        ["Number - it's unique"]
    );
}

#[test]
fn names_are_quoted_wherever_they_come_from() {
    let Some(server) = Server::start("quoted") else { return };
    server.dump(json!({}), &input(people(), json!([{"id": 1, "name": "a"}]))).unwrap();
    let evil = "x\"; DROP TABLE people; --";
    let schema = json!({"title": evil, "fields": [{"name": evil, "type": "string", "title":
        "'; DROP TABLE people; --", "constraints": {"enum": ["'); DROP TABLE people; --"]}}],
        "primaryKey": [evil]});
    for mode in ["rewrite", "update", "append"] {
        let parameters = json!({"engine": "env://DATABASE", "tables": {evil: {"resource-name":
            "data", "mode": mode, "indexes_fields": [[evil]]}}});
        let ctx = server.context();
        let rows = match mode {
            "append" => json!([]),
            _ => json!([{evil: "'); DROP TABLE people; --"}]),
        };
        let rows = input(schema.clone(), rows);
        run("dump_to_sql", parameters.as_object().unwrap(), &rows, &ctx).unwrap();
        ctx.take_prepared().into_iter().for_each(|prepared| prepared.commit().unwrap());
    }
    assert_eq!(server.query(PEOPLE), ["1|a"]);
    assert_eq!(
        server.query(
            "SELECT ARRAY[tablename::text] AS cells FROM pg_tables \
                      WHERE schemaname = current_schema() ORDER BY 1"
        ),
        ["people", evil]
    );
}

#[test]
fn an_unreachable_server_tells_no_secret() {
    let mut ctx = context(Path::new("/"));
    let url = "postgresql://me:s3cret@127.0.0.1:1/secretdb".to_owned();
    ctx.environment = std::sync::Arc::new([("DATABASE".to_owned(), url)].into_iter().collect());
    let rows = input(people(), json!([]));
    let error = step(json!({}), &rows, &ctx).unwrap_err().to_json().to_string();
    assert!(error.contains("env://DATABASE"), "{error}");
    for secret in ["s3cret", "127.0.0.1", "secretdb"] {
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn tables_and_queries_are_read_with_their_types() {
    use pipeline::sql::source::{Selection, open};
    let Some(server) = Server::start("source") else { return };
    server.execute(
        "CREATE TABLE t (i bigint, n numeric, f double precision, b boolean, d date, t time, \
         ts timestamp, tz timestamptz, iv interval, j jsonb, a integer[], s text);
         INSERT INTO t SELECT g, 1.50, 0.1, true, '2020-12-31', '10:11:12.5', \
         '2020-12-31 10:11:12', '2020-12-31 10:11:12+02', '1 day 02:00', '{\"a\": [1.25]}', \
         '{1,2}', 'ü' FROM generate_series(1, 5000) g",
    );
    let ctx = server.context();
    let address = Address::parse("env://DATABASE", &ctx).unwrap();
    let selection = Selection::Table { name: "t".into(), order_by: Some("i desc".into()) };
    let mut source = open(&address, &selection).unwrap();
    let types: Vec<&str> = source.fields.iter().map(|f| f["type"].as_str().unwrap()).collect();
    assert_eq!(
        types.join(" "),
        "integer number number boolean date time datetime datetime duration any array string"
    );
    let mut count = 0;
    let mut lines = String::new();
    while let Some(batch) = source.rows.next_batch().unwrap() {
        if count == 0 {
            tabular::wire::Encoder::default().encode(&batch.slice(0, 1), &mut lines);
        }
        count += batch.rows();
    }
    assert_eq!(count, 5_000);
    let first: Json = serde_json::from_str(&lines).unwrap();
    assert_eq!(
        first,
        json!({"i": 5000, "n": {"type{decimal}": "1.50"}, "f": 0.1, "b": true,
               "d": {"type{date}": "2020-12-31"}, "t": {"type{time}": "10:11:12.5"},
               "ts": {"type{datetime}": "2020-12-31 10:11:12"},
               "tz": {"type{datetime}": "2020-12-31 08:11:12"},
               "iv": {"type{duration}": "P1DT2H"}, "j": {"a": [1.25]}, "a": [1, 2], "s": "ü"})
    );
    let twice = Selection::Query("SELECT 1 AS a, 2 AS a".into());
    let error = model::fault::Chain(&open(&address, &twice).unwrap_err()).to_string();
    assert!(error.contains("two columns of the result are called `a`"), "{error}");
    let wrong = Selection::Query("DELETE FROM t RETURNING *".into());
    assert!(open(&address, &wrong).is_err());
    let two = Selection::Query("SELECT 1; DROP TABLE t".into());
    assert!(open(&address, &two).is_err());
    assert_eq!(server.query("SELECT ARRAY[count(*)::text] AS cells FROM t"), ["5000"]);
}
