//! A table that is there already: its columns, and how it grows.

use std::collections::BTreeMap;

use super::super::error::SqlError;
use super::super::table::Table;
use super::client::Client;
use super::ddl::{self, Width};
use super::digits::Digits;

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Existing {
    columns: BTreeMap<String, Held>,
}

/// What a column holds.
#[derive(Debug)]
struct Held {
    type_name: String,
    /// Digits after the point, of numbers with a fixed count of them.
    scale: Option<i32>,
}

impl Existing {
    /// The schema that `table` is in, or would be made in, and its columns when it is there.
    pub(super) fn find(client: &Client, table: &str) -> Result<(String, Option<Self>), SqlError> {
        let action = || format!("look for table `{table}`");
        let rows = client.query(
            action(),
            "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = to_regclass($1) AND n.nspname NOT LIKE 'pg\\_%'",
            &[&ddl::quoted(table)],
        )?;
        if let Some(schema) = rows.first().and_then(|row| row.try_get::<_, String>(0).ok()) {
            let existing = Self::read(client, &ddl::qualified(&schema, table))?;
            return Ok((schema, Some(existing)));
        }
        let rows =
            client.query(action(), "SELECT coalesce(current_schema()::text, 'public')", &[])?;
        let schema = rows.first().and_then(|row| row.try_get(0).ok());
        Ok((schema.unwrap_or_else(|| "public".into()), None))
    }

    /// The columns of a table that is there.
    pub(super) fn read(client: &Client, full_name: &str) -> Result<Self, SqlError> {
        let rows = client.query(
            format!("look at table {full_name}"),
            // The scale is in the low 11 bits of what modifies a numeric type.
            "SELECT attname::text, format_type(atttypid, NULL), CASE WHEN atttypid = 1700 \
             AND atttypmod >= 4 THEN (((atttypmod - 4) & 2047) # 1024) - 1024 END \
             FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            &[&full_name],
        )?;
        let column = |row: &tokio_postgres::Row| {
            let held = Held { type_name: row.try_get(1).ok()?, scale: row.try_get(2).ok()? };
            Some((row.try_get::<_, String>(0).ok()?, held))
        };
        Ok(Self { columns: rows.iter().filter_map(column).collect() })
    }

    /// What the integers of a column may be; `None` when it has another type.
    pub(super) fn width(&self, column: &str) -> Option<Width> {
        match self.columns.get(column)?.type_name.as_str() {
            "smallint" => Some(Width::Tiny),
            "integer" => Some(Width::Small),
            "bigint" => Some(Width::Big),
            _ => None,
        }
    }

    /// What a column keeps of a number.
    pub(super) fn digits(&self, column: &str) -> Digits {
        match self.columns.get(column) {
            Some(Held { scale: Some(scale), .. }) => Digits::AfterPoint(i64::from(*scale)),
            Some(held) if held.type_name == "double precision" => Digits::Double,
            _ => Digits::All,
        }
    }

    /// Adds the columns that the schema has and the table lacks.
    pub(super) fn migrate(
        &mut self,
        client: &Client,
        table: &Table,
        full_name: &str,
    ) -> Result<(), SqlError> {
        for column in &table.columns {
            if !self.columns.contains_key(&column.name) {
                let action = format!("add column `{}` to table `{}`", column.name, table.name);
                client.execute(action, &ddl::add_column(&table.name, full_name, column))?;
            }
        }
        *self = Self::read(client, full_name)?;
        Ok(())
    }

    /// Makes the integer columns as wide as their rows need.
    pub(super) fn widen(
        &mut self,
        client: &Client,
        full_name: &str,
        table: &Table,
        needed: &[Option<Width>],
    ) -> Result<(), SqlError> {
        for (column, needed) in table.columns.iter().zip(needed) {
            let (Some(held), Some(needed)) = (self.width(&column.name), needed) else { continue };
            if *needed > held {
                let action = format!("widen column `{}` of table `{}`", column.name, table.name);
                client.execute(action, &ddl::widen(full_name, &column.name, *needed))?;
                let held = Held { type_name: needed.type_name().into(), scale: None };
                self.columns.insert(column.name.clone(), held);
            }
        }
        Ok(())
    }
}
