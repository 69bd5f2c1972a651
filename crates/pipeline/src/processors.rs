//! The table of processors: one file each, found by name.

mod add_computed_field;
mod add_field;
mod add_resource;
mod assert;
pub(crate) mod checkpoint;
mod concatenate;
mod deduplicate;
mod delete_fields;
mod delete_resource;
mod dump;
mod dump_to_sql;
mod duplicate;
mod filter;
mod find_replace;
mod join;
mod load;
mod load_metadata;
mod load_resource;
mod printer;
mod rename_fields;
mod sample;
mod select_fields;
mod set_primary_key;
mod set_types;
mod sort;
mod sql;
mod stream_remote_resources;
mod unpivot;
mod update_package;
mod update_resource;
mod update_schema;
pub(crate) mod validate;

use crate::definition::Definition;

/// All processors, sorted by name.
pub const PROCESSORS: &[Definition] = &[
    add_computed_field::DEFINITION,
    add_field::DEFINITION,
    add_resource::DEFINITION,
    assert::DEFINITION,
    checkpoint::DEFINITION,
    concatenate::DEFINITION,
    deduplicate::DEFINITION,
    delete_fields::DEFINITION,
    delete_resource::DEFINITION,
    dump::DOT_TO_PATH,
    dump::DOT_TO_ZIP,
    dump::TO_PATH,
    dump::TO_ZIP,
    dump_to_sql::DEFINITION,
    duplicate::DEFINITION,
    filter::DEFINITION,
    find_replace::DEFINITION,
    join::DEFINITION,
    join::WITH_SELF,
    load::DEFINITION,
    load_metadata::DEFINITION,
    load_resource::DEFINITION,
    printer::DEFINITION,
    rename_fields::DEFINITION,
    sample::DEFINITION,
    select_fields::DEFINITION,
    set_primary_key::DEFINITION,
    set_types::DEFINITION,
    sort::DEFINITION,
    sql::DEFINITION,
    stream_remote_resources::DEFINITION,
    unpivot::DEFINITION,
    update_package::DEFINITION,
    update_resource::DEFINITION,
    update_schema::DEFINITION,
    validate::DEFINITION,
];

/// The processor that `name` or one of its older names means.
pub fn find(name: &str) -> Option<&'static Definition> {
    PROCESSORS
        .iter()
        .find(|definition| definition.name == name || definition.aliases.contains(&name))
}
