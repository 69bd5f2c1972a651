#![expect(clippy::needless_pass_by_value, reason = "descriptors are written where they are used")]

use model::{Json, Map};
use serde_json::json;
use tabular::{Kind, Value};

use super::{ColumnRule, Form, Mode, Table};
use crate::error::StepError;
use crate::parameters::Parameters;

fn map(json: Json) -> Map {
    json.as_object().unwrap().clone()
}

fn table(options: Json, schema: Json) -> Result<Table, StepError> {
    let parameters = map(json!({"tables": {"t": options}}));
    let requests = Table::requests(Parameters(&parameters))?;
    requests["data"].table(&map(json!({"name": "data", "schema": schema})), &requests)
}

#[test]
fn wrong_options_are_named() {
    let schema = json!({"fields": [{"name": "id", "type": "integer"}]});
    for (options, part) in [
        (json!({}), "`resource-name` is required"),
        (json!({"resource-name": "data", "mode": "replace"}), "`replace`"),
        (json!({"resource-name": "data", "mode": "update"}), "`update_keys`"),
        (json!({"resource-name": "data", "update_keys": ["no"]}), "`no`"),
        (json!({"resource-name": "data", "indexes_fields": [["no"]]}), "`no`"),
        (json!({"resource-name": "data", "indexes_fields": [7]}), "`indexes_fields`"),
    ] {
        let error = table(options, schema.clone()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let error = table(json!({"resource-name": "data"}), json!({})).unwrap_err().to_string();
    assert!(error.contains("no fields"), "{error}");
}

#[test]
fn both_spellings_of_options_are_read() {
    let schema = json!({"fields": [{"name": "id"}, {"name": "day"}], "primaryKey": "id"});
    let options = json!({"resource_name": "data", "mode": "update", "update-keys": ["day"]});
    let found = table(options, schema.clone()).unwrap();
    assert_eq!((found.mode, found.update_keys), (Mode::Update, vec!["day".to_owned()]));
    let found = table(json!({"resource-name": "data", "mode": "update"}), schema).unwrap();
    assert_eq!(found.update_keys, ["id"]);
}

#[test]
fn bounds_are_read_as_the_cells_of_their_field() {
    let schema = json!({"fields": [
        {"name": "day", "type": "date", "format": "%d.%m.%Y",
         "constraints": {"minimum": "31.01.2020", "enum": ["31.01.2020"]}},
        {"name": "size", "type": "number", "constraints": {"maximum": 1.25}},
        {"name": "wrong", "type": "integer", "constraints": {"minimum": "x"}},
    ]});
    let found = table(json!({"resource-name": "data"}), schema).unwrap();
    let day = Value::new(Kind::Date, "2020-01-31");
    assert_eq!(
        found.columns[0].rules,
        [ColumnRule::AtLeast(day.clone()), ColumnRule::OneOf(vec![day])]
    );
    assert_eq!(found.columns[0].form, Form::Date);
    assert!(
        matches!(&found.columns[1].rules[..], [ColumnRule::AtMost(value)] if value.text == "1.25")
    );
    assert!(found.columns[2].rules.is_empty());
}
