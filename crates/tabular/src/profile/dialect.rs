//! The rules of a CSV Dialect (version 1) and a Table Dialect (version 2).

use model::Json;

use super::forms::Form;
use super::{Check, Version, below};
use crate::dialect::Dialect;

const FORMS: [(&str, Form); 9] = [
    ("delimiter", Form::Text),
    ("lineTerminator", Form::Text),
    ("quoteChar", Form::Text),
    ("doubleQuote", Form::Flag),
    ("escapeChar", Form::Text),
    ("nullSequence", Form::Text),
    ("skipInitialSpace", Form::Flag),
    ("header", Form::Flag),
    ("commentChar", Form::Text),
];

const FORMS_1: [(&str, Form); 1] = [("caseSensitiveHeader", Form::Flag)];

const FORMS_2: [(&str, Form); 10] = [
    ("$schema", Form::Text),
    ("headerRows", Form::Rows),
    ("headerJoin", Form::Text),
    ("commentRows", Form::Rows),
    ("property", Form::Text),
    ("itemType", Form::Word(&["array", "object"])),
    ("itemKeys", Form::Texts),
    ("sheetNumber", Form::Row),
    ("sheetName", Form::Text),
    ("table", Form::Text),
];

pub(super) fn check(check: &mut Check, at: &str, descriptor: &Json, version: Version) {
    let Some(dialect) = check.object(at, descriptor) else { return };
    let before = check.problems.len();
    check.forms(at, dialect, &FORMS);
    match Version::of(dialect, version) {
        Version::One => check.forms(at, dialect, &FORMS_1),
        Version::Two => check.forms(at, dialect, &FORMS_2),
    }
    // What the reader cannot do is wrong too: delimiters of several characters.
    if check.problems.len() == before
        && let Err(error) = Dialect::parse(dialect)
    {
        let text = format!("is `{}`", error.given);
        let fix = format!("write {}", error.expected);
        check.report(below(at, &error.option), "format", text, &fix);
    }
}
