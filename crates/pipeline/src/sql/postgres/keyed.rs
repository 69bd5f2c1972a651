//! Changing the rows that are there, adding the others.

use tabular::Batch;

use super::super::error::SqlError;
use super::super::session::Written;
use super::super::table::Table;
use super::client::Client;
use super::ddl::{self, list, quoted};
use super::stage::ROW;

/// Whether one statement can write a row by its keys, because they are unique; makes an index when
/// they can be.
///
/// Without it nobody else may write to the table until the commit, because two writers could both
/// find that a row is missing.
pub(super) fn unique_index(
    client: &Client,
    table: &Table,
    schema: &str,
    full_name: &str,
) -> Result<bool, SqlError> {
    let mut keys = table.update_keys.clone();
    keys.sort();
    let rows = client.query(
        format!("look at the indexes of table `{}`", table.name),
        "SELECT 1 FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique \
         AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL \
         AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE \"C\") \
              FROM pg_attribute a WHERE a.attrelid = i.indrelid \
              AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])) = $2",
        &[&full_name, &keys],
    )?;
    let lock = || {
        let lock = format!("LOCK TABLE {full_name} IN SHARE ROW EXCLUSIVE MODE");
        client.execute(format!("lock table `{}`", table.name), &lock).map(|()| false)
    };
    // An upsert is an INSERT first: it is refused for want of a value that is there already.
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let required = client.query(
        format!("look at the columns of table `{}`", table.name),
        "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 \
         AND NOT attisdropped AND attnotnull AND NOT atthasdef AND attidentity = '' \
         AND attname <> ALL ($2)",
        &[&full_name, &names],
    )?;
    if !rows.is_empty() {
        return if required.is_empty() { Ok(true) } else { lock() };
    }
    let index = ddl::named(&table.name, "update_keys");
    let columns = list(&table.update_keys);
    let there = client.query(
        "look for an index",
        "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
        &[&ddl::qualified(schema, &index)],
    )?;
    let make = format!("CREATE UNIQUE INDEX {} ON {full_name} ({columns})", quoted(&index));
    if there.is_empty() && client.attempt(&make)? && required.is_empty() {
        return Ok(true);
    }
    lock()
}

/// Brings the rows of the stage into the table and empties it. Of rows with the same keys the last
/// one counts; a key with a null is the key of no other row.
pub(super) fn merge(
    client: &Client,
    table: &Table,
    (full_name, stage): (&str, &str),
    is_unique: bool,
    batch: &Batch,
) -> Result<Written, SqlError> {
    let merge = Merge::new(table, full_name, stage);
    let action = || format!("update table `{}`", table.name);
    let mut updated = vec![false; batch.rows()];
    for row in client.query(action(), &merge.find_updated(), &[])? {
        let row = row.try_get::<_, i32>(0).ok().and_then(|row| usize::try_from(row).ok());
        if let Some(updated) = row.and_then(|row| updated.get_mut(row)) {
            *updated = true;
        }
    }
    let change = if is_unique { merge.upsert() } else { merge.update_and_insert() };
    client.execute(action(), &format!("{change}; {}; TRUNCATE {stage}", merge.insert_unkeyed()))?;
    Ok(Written { updated })
}

/// The statements of a merge.
struct Merge<'a> {
    full_name: &'a str,
    stage: &'a str,
    names: String,
    keys: String,
    keyed: String,
    same: String,
    others: Vec<String>,
}

impl<'a> Merge<'a> {
    fn new(table: &Table, full_name: &'a str, stage: &'a str) -> Self {
        let keys: Vec<String> = table.update_keys.iter().map(|key| quoted(key)).collect();
        let each = |form: &dyn Fn(&String) -> String| {
            keys.iter().map(form).collect::<Vec<_>>().join(" AND ")
        };
        let others = table.columns.iter().map(|column| quoted(&column.name));
        Self {
            full_name,
            stage,
            names: list(table.columns.iter().map(|column| &column.name)),
            keyed: each(&|key| format!("s.{key} IS NOT NULL")),
            same: each(&|key| format!("t.{key} = s.{key}")),
            others: others.filter(|name| !keys.contains(name)).collect(),
            keys: keys.join(", "),
        }
    }

    /// The numbers of the rows that change one that is there, or one that came before in the stage.
    fn find_updated(&self) -> String {
        let Self { full_name, stage, keys, keyed, same, .. } = self;
        format!(
            "SELECT {ROW} FROM (SELECT {ROW}, \
             row_number() OVER (PARTITION BY {keys} ORDER BY {ROW}) > 1 AND {keyed} AS again, \
             EXISTS (SELECT 1 FROM {full_name} t WHERE {same}) AS there FROM {stage} s) q \
             WHERE again OR there"
        )
    }

    /// The last row of each key.
    fn last(&self) -> String {
        let Self { stage, keys, keyed, .. } = self;
        format!(
            "(SELECT DISTINCT ON ({keys}) * FROM {stage} s WHERE {keyed} \
             ORDER BY {keys}, {ROW} DESC) s"
        )
    }

    fn upsert(&self) -> String {
        let Self { full_name, names, keys, .. } = self;
        let set: Vec<String> =
            self.others.iter().map(|name| format!("{name} = EXCLUDED.{name}")).collect();
        let change = if set.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", set.join(", "))
        };
        let last = self.last();
        format!(
            "INSERT INTO {full_name} ({names}) SELECT {names} FROM {last} ORDER BY {ROW} \
             ON CONFLICT ({keys}) DO {change}"
        )
    }

    fn update_and_insert(&self) -> String {
        let Self { full_name, names, same, .. } = self;
        let last = self.last();
        let set: Vec<String> =
            self.others.iter().map(|name| format!("{name} = s.{name}")).collect();
        let update = if set.is_empty() {
            String::new()
        } else {
            format!("UPDATE {full_name} t SET {} FROM {last} WHERE {same}; ", set.join(", "))
        };
        format!(
            "{update}INSERT INTO {full_name} ({names}) SELECT {names} FROM {last} \
             WHERE NOT EXISTS (SELECT 1 FROM {full_name} t WHERE {same}) ORDER BY {ROW}"
        )
    }

    fn insert_unkeyed(&self) -> String {
        let Self { full_name, names, stage, keyed, .. } = self;
        format!(
            "INSERT INTO {full_name} ({names}) SELECT {names} FROM {stage} s WHERE NOT ({keyed}) \
             ORDER BY {ROW}"
        )
    }
}
