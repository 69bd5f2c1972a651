//! `dump_to_sql`: writes resources to the tables of a database.

use std::collections::BTreeMap;

use model::Json;
use model::package::{Package, is_streaming, name};
use model::python::{self, Style};
use tabular::{Batch, Column, Kind, Value};

use crate::casting::{Casting, OnError, declare_collected, write_collected};
use crate::context::{Context, Level, Stats};
use crate::defaults::apply_defaults;
use crate::definition::{Definition, ON_ERROR, Parameter, Role};
use crate::error::StepError;
use crate::file_sink::counters::{Counters, add, get, set};
use crate::file_sink::md5_hex;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::sql::engine::{Address, Engine};
use crate::sql::session::{Shared, Written, lock};
use crate::sql::table::{Form, Request, Table};

pub(super) const DEFINITION: Definition = Definition {
    name: "dump_to_sql",
    aliases: &["dump.to_sql"],
    summary: "Writes resources to the tables of a SQLite or PostgreSQL database",
    role: Role::Sink,
    parameters: &[
        Parameter {
            name: "engine",
            form: "text",
            default: "env://DPP_DB_ENGINE",
            text: "Address of the database: `sqlite:///file.db`, `postgresql://user@host/name`, or `env://NAME` to take it from the environment.",
        },
        Parameter {
            name: "tables",
            form: "mapping",
            default: "required",
            text: "Table names, each with `resource-name`, `mode` (rewrite, append or update), `update_keys` and `indexes_fields`.",
        },
        Parameter {
            name: "updated_column",
            form: "text",
            default: "none",
            text: "Field that tells the next steps whether a row changed one that was there.",
        },
        Parameter {
            name: "updated_id_column",
            form: "text",
            default: "none",
            text: "Field for the id of a changed row; always null, kept for old pipelines.",
        },
        Parameter {
            name: "counters",
            form: "mapping",
            default: "standard names",
            text: "Names of the numbers in the stats; `inserted-rowcount` and `updated-rowcount` add those of changed and added rows.",
        },
        ON_ERROR,
        Parameter {
            name: "batch_size",
            form: "count",
            default: "none",
            text: "Accepted and ignored: the size of batches follows from the rows.",
        },
        Parameter {
            name: "use_bloom_filter",
            form: "flag",
            default: "none",
            text: "Accepted and ignored: the database finds the rows that are there.",
        },
    ],
    build: |parameters, ctx| Ok(Box::new(DumpToSql::parse(Parameters(parameters), ctx)?)),
};

#[derive(Debug)]
struct DumpToSql {
    address: Address,
    requests: BTreeMap<String, Request>,
    updated_column: Option<String>,
    updated_id_column: Option<String>,
    counters: Counters,
    /// Where the stats tell how many rows were added and changed.
    inserted_counter: Option<String>,
    updated_counter: Option<String>,
    on_error: OnError,
    ctx: Context,
    package: Package,
    session: Option<Shared>,
    tables: BTreeMap<String, Target>,
    castings: BTreeMap<String, Casting>,
    /// The resource that passes, with its rows so far.
    current: Option<(String, u64)>,
}

/// A table while it is written.
#[derive(Debug)]
struct Target {
    table: Table,
    /// What stands for it in the session, once it was begun.
    number: Option<usize>,
    written: u64,
    updated: u64,
}

impl DumpToSql {
    fn parse(parameters: Parameters<'_>, ctx: &Context) -> Result<Self, StepError> {
        let engine = parameters.text("engine")?.unwrap_or("env://DPP_DB_ENGINE");
        let address = Address::parse(engine, ctx)
            .map_err(|error| StepError::parameter("engine", error.to_string()))?;
        let counters = parameters.map("counters")?;
        let counter = |key: &str| {
            counters.and_then(|map| map.get(key)).and_then(Json::as_str).map(str::to_owned)
        };
        Ok(Self {
            address,
            requests: Table::requests(parameters)?,
            updated_column: parameters.text("updated_column")?.map(str::to_owned),
            updated_id_column: parameters.text("updated_id_column")?.map(str::to_owned),
            inserted_counter: counter("inserted-rowcount"),
            updated_counter: counter("updated-rowcount"),
            counters: Counters::parse(parameters)?,
            on_error: OnError::parse(parameters.text("on_error")?)?,
            ctx: ctx.clone(),
            package: Package::default(),
            session: None,
            tables: BTreeMap::new(),
            castings: BTreeMap::new(),
            current: None,
        })
    }

    /// SQLite has no type for lists and objects: the next steps see the text that was written.
    fn downstream(&self, resource: &str, mut batch: Batch, written: &Written) -> Batch {
        let Some(target) = self.tables.get(resource) else { return batch };
        if matches!(self.address.engine, Engine::Sqlite(_)) {
            let json = target.table.columns.iter().filter(|column| column.form == Form::Json);
            for column in json {
                let Some(cells) = batch.column(&column.name) else { continue };
                let texts = cells.values().map(|value| {
                    let text = tabular::typed::plain_text(value.as_ref()?).into_owned();
                    Some(Value::new(Kind::Text, text))
                });
                batch.set(&column.name, texts.collect());
            }
        }
        if let Some(name) = &self.updated_column {
            let flag = |row| if written.updated.get(row) == Some(&true) { "true" } else { "false" };
            let flags = (0..batch.rows()).map(|row| Some(Value::new(Kind::Boolean, flag(row))));
            batch.set(name, flags.collect());
        }
        if let Some(name) = &self.updated_id_column {
            batch.set(name, Column::nulls(batch.rows()));
        }
        batch
    }

    fn log_tables(&self) {
        for target in self.tables.values().filter(|target| target.number.is_some()) {
            let text = format!(
                "table `{}` of `{}`: {} rows inserted, {} updated",
                target.table.name,
                self.address.shown,
                target.written - target.updated,
                target.updated
            );
            self.ctx.log(Level::Info, &text);
        }
    }

    fn report(&mut self, stats: &mut Stats) {
        let counters = self.counters.clone();
        let style = Style { indent: Some(2), sort_keys: true, ascii: true };
        let text = python::dumps(&Json::Object(self.package.descriptor.clone()), style);
        let descriptor = &mut self.package.descriptor;
        set(descriptor, counters.package_hash.as_deref(), md5_hex(text.as_bytes()).into());
        stats.insert("count_of_rows".into(), get(descriptor, counters.package_rows.as_deref()));
        stats.insert("bytes".into(), get(descriptor, counters.package_bytes.as_deref()));
        stats.insert("hash".into(), get(descriptor, counters.package_hash.as_deref()));
        stats.insert("dataset_name".into(), descriptor.get("name").cloned().unwrap_or_default());
        let updated: u64 = self.tables.values().map(|target| target.updated).sum();
        let written: u64 = self.tables.values().map(|target| target.written).sum();
        set(stats, self.inserted_counter.as_deref(), (written - updated).into());
        set(stats, self.updated_counter.as_deref(), updated.into());
    }
}

impl Processor for DumpToSql {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        apply_defaults(&mut package);
        self.ctx = ctx.clone();
        for resource in package.resources().filter(|resource| is_streaming(resource)) {
            let Some(request) = self.requests.get(name(resource)) else { continue };
            let table = request.table(resource, &self.requests)?;
            let label = name(resource).to_owned();
            let casting = Casting::new(resource, self.on_error, ctx, |_| true)?;
            self.castings.insert(label.clone(), casting);
            let target = Target { table, number: None, written: 0, updated: 0 };
            self.tables.insert(label, target);
        }
        for request in self.requests.values() {
            if !self.tables.contains_key(&request.resource) {
                let text = format!(
                    "table `{}` is not written: no rows of a resource `{}` come by",
                    request.table, request.resource
                );
                ctx.log(Level::Warning, &text);
            }
        }
        if !self.tables.is_empty() {
            self.session = Some(ctx.databases.session(&self.address, ctx)?);
        }
        self.package = package.clone();
        declare_collected(&mut package, &self.castings, self.on_error);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.current = Some((resource.to_owned(), 0));
        if let (Some(target), Some(session)) = (self.tables.get_mut(resource), &self.session) {
            target.number = Some(lock(session).begin(target.table.clone())?);
        }
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let Some((resource, rows)) = &mut self.current else { return out.rows(batch) };
        let Some(casting) = self.castings.get_mut(resource) else {
            *rows += u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
            return out.rows(batch);
        };
        let batch = casting.apply(batch)?;
        let mut written = Written::default();
        if let (Some(session), Some(target)) = (&self.session, self.tables.get_mut(resource))
            && let Some(number) = target.number
        {
            written = lock(session).write(number, &batch, *rows)?;
            target.written += u64::try_from(batch.rows()).expect("fewer than 2^64 rows");
            target.updated += written.count();
        }
        *rows += u64::try_from(batch.rows()).expect("a batch has fewer than 2^64 rows");
        let resource = resource.clone();
        out.rows(self.downstream(&resource, batch, &written))
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some((_, rows)) = self.current.take() {
            let counter = self.counters.package_rows.clone();
            add(&mut self.package.descriptor, counter.as_deref(), rows);
        }
        out.close()
    }

    fn finish(&mut self, stats: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        write_collected(&mut self.castings, out)?;
        if let Some(session) = self.session.take() {
            let numbers: Vec<usize> =
                self.tables.values().filter_map(|target| target.number).collect();
            lock(&session).complete(&numbers)?;
        }
        self.log_tables();
        self.report(stats);
        Ok(())
    }
}
