//! The names of columns as a first row gives them: gaps are left out, equal names numbered.

use std::collections::BTreeSet;

/// For each name the cell that it stands in. The first cell without a value ends the header.
pub(super) fn columns(cells: &[Option<String>]) -> Vec<(usize, String)> {
    let mut taken = BTreeSet::new();
    cells
        .iter()
        .map_while(Option::as_deref)
        .map(str::trim)
        .enumerate()
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(index, cell)| (index, unique(cell, &mut taken)))
        .collect()
}

/// `wanted`, or the first of `wanted_1`, `wanted_2` ... that is not taken; takes it.
pub(super) fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 0;
    while taken.contains(&name) {
        number += 1;
        name = format!("{wanted}_{number}");
    }
    taken.insert(name.clone());
    name
}
