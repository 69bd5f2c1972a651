//! Random steps that change rows and fields one by one; `tables` holds what they know.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::tables::{Field, Kind, Resource};
use super::whole;

/// Makes a step that changes resources one by one.
type Change = fn(&mut Random, &mut [Resource]) -> Option<Value>;

/// Makes a step that adds or removes resources.
type Reshape = fn(&mut Random, &mut Vec<Resource>) -> Option<Value>;

const CHANGES: [Change; 12] = [
    set_types,
    validate,
    filter,
    find_replace,
    delete_fields,
    add_computed_field,
    unpivot,
    update_resource,
    update_package,
    whole::sort,
    whole::sort,
    whole::deduplicate,
];

const RESHAPES: [Reshape; 4] = [whole::duplicate, whole::concatenate, whole::join, whole::join];

/// Adds one step that fits the resources.
pub(crate) fn add(random: &mut Random, resources: &mut Vec<Resource>, steps: &mut Vec<Value>) {
    for _ in 0..10 {
        let made = if random.chance(70) {
            random.pick(&CHANGES)(random, resources)
        } else {
            random.pick(&RESHAPES)(random, resources)
        };
        match made {
            None => continue,
            Some(Value::Array(several)) => steps.extend(several),
            Some(one) => steps.push(one),
        }
        return;
    }
}

pub(crate) fn step(name: &str, parameters: impl Into<Value>) -> Option<Value> {
    Some(json!({"run": name, "parameters": parameters.into()}))
}

/// A resource, its place, and the parameter that selects it.
fn choose(random: &mut Random, resources: &[Resource]) -> Option<(usize, Value)> {
    let at = random.below(resources.len());
    let resource = resources.get(at)?;
    if resource.fields.is_empty() {
        return None;
    }
    let matcher = match random.below(3) {
        0 => json!(resource.name),
        1 => json!([resource.name]),
        _ => json!(at),
    };
    Some((at, matcher))
}

fn set_types(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let fields = &mut resources[at].fields;
    let mut types = Map::new();
    for name in random.some(&fields.iter().map(|f| f.name.clone()).collect::<Vec<_>>()) {
        let place = fields.iter().position(|field| field.name == name).unwrap();
        if fields.len() > 1 && random.chance(10) {
            fields.remove(place);
            types.insert(name, Value::Null);
            continue;
        }
        let field = &mut fields[place];
        let mut options = json!({"type": field.kind.type_name(), "format": "default"});
        match random.below(10) {
            0 => {
                field.kind = Kind::Text;
                options["type"] = json!("string");
            }
            1 if field.kind == Kind::Integer => {
                field.kind = Kind::Number;
                options["type"] = json!("number");
            }
            2 => options["title"] = json!("Titel"),
            3 => options["constraints"] = json!({"required": true}),
            4 if field.kind == Kind::Integer => options["constraints"] = json!({"minimum": -100}),
            5 if field.kind == Kind::Text => options["constraints"] = json!({"maxLength": 9}),
            _ => {}
        }
        types.insert(name, options);
    }
    step("set_types", json!({"resources": matcher, "types": types}))
}

fn validate(random: &mut Random, _: &mut [Resource]) -> Option<Value> {
    if random.chance(70) {
        return None;
    }
    step("set_types", json!({}))
}

fn filter(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let mut parameters = json!({"resources": matcher});
    for key in random.some(&["in", "out"]) {
        let mut conditions = Vec::new();
        for _ in 0..1 + random.below(2) {
            let mut condition = Map::new();
            for field in random.some(&resources[at].fields) {
                condition.insert(field.name.clone(), sample(random, &field));
            }
            conditions.push(Value::Object(condition));
        }
        parameters[key] = Value::Array(conditions);
    }
    step("filter", parameters)
}

/// A value that some cells of `field` may be equal to.
fn sample(random: &mut Random, field: &Field) -> Value {
    if field.samples.is_empty() || random.chance(10) {
        return random.pick(&[Value::Null, json!(""), json!(1), json!(true)]).clone();
    }
    let text = random.pick(&field.samples).clone();
    // The reference takes fractions for doubles, which have the digits of some decimals only.
    let is_exact = text.parse().is_ok_and(|number: f64| (number * 4.0).fract() == 0.0);
    let as_number = field.is_number() && is_exact && random.chance(70);
    if let Some(number) = serde_json::from_str(&text).ok().filter(|_| as_number) {
        return Value::Number(number);
    }
    json!(text)
}

fn find_replace(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let patterns = [
        ("a", "b"),
        ("[0-9]+", "#"),
        ("(.)(.)", "\\2\\1"),
        ("^$", "empty"),
        ("\\s+", " "),
        ("(?i)X", "\\g<0>y"),
        ("None", ""),
        ("\\W", "_"),
        ("$", "!"),
        ("\\d", "7"),
    ];
    let mut fields = Vec::new();
    for name in random.some(&resources[at].names()) {
        let field = resources[at].fields.iter_mut().find(|field| field.name == name).unwrap();
        if field.kind != Kind::Text && random.chance(70) {
            continue;
        }
        field.typed = false;
        let chosen = random.some(&patterns);
        let patterns: Vec<_> = chosen
            .iter()
            .take(2)
            .map(|(find, replace)| json!({"find": find, "replace": replace}))
            .collect();
        fields.push(json!({"name": field.name, "patterns": patterns}));
    }
    if fields.is_empty() {
        return None;
    }
    step("find_replace", json!({"resources": matcher, "fields": fields}))
}

fn delete_fields(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let fields = &mut resources[at].fields;
    if fields.len() < 3 {
        return None;
    }
    let field = fields.remove(random.below(fields.len()));
    let mut parameters = json!({"resources": matcher, "fields": [field.name]});
    if random.chance(30) {
        parameters["regex"] = json!(random.chance(50));
    }
    step("delete_fields", parameters)
}

fn add_computed_field(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let resource = &mut resources[at];
    let operation =
        *random.pick(&["sum", "avg", "min", "max", "multiply", "constant", "join", "format"]);
    let target = format!("new{}", resource.fields.len());
    let all = resource.names();
    if all.contains(&target) {
        return None;
    }
    let numbers: Vec<String> = resource
        .fields
        .iter()
        .filter(|field| field.is_number())
        .map(|field| field.name.clone())
        .collect();
    let mut field = json!({"operation": operation, "target": target});
    let kind = match operation {
        "constant" => {
            let values = [json!("x"), json!(5), json!(1.5), json!(true), Value::Null];
            field["with"] = random.pick(&values).clone();
            Kind::Other
        }
        "format" => {
            let name = random.pick(&all);
            let form = random.pick::<&str>(&["", ":>6", ":<4", "!r", "!s:.3"]);
            field["with"] = json!(
                random
                    .pick::<&str>(&["<{}>", " {}", "{}"])
                    .replace("{}", &format!("{{{name}{form}}}"))
            );
            Kind::Text
        }
        "join" => {
            field["source"] = json!(random.some(&all));
            field["with"] = json!(random.pick(&["-", "", ", "]));
            Kind::Text
        }
        _ if numbers.is_empty() => return None,
        _ => {
            field["source"] = json!(random.some(&numbers));
            Kind::Number
        }
    };
    if random.chance(15) {
        field["target"] = json!({"name": target, "type": kind.type_name()});
    }
    resource.fields.push(Field::made(&target, kind));
    step("add_computed_field", json!({"resources": matcher, "fields": [field]}))
}

fn unpivot(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let resource = &mut resources[at];
    if resource.fields.len() < 2 {
        return None;
    }
    // A list becomes the text that Python has for it, which thorp writes as JSON.
    let one = resource.fields.iter().filter(|field| field.kind != Kind::Array);
    let chosen = random.some(&one.map(|field| field.name.clone()).collect::<Vec<_>>());
    let (key, value) = (format!("key{}", chosen.len()), format!("value{}", chosen.len()));
    if chosen.is_empty() || resource.names().iter().any(|name| *name == key || *name == value) {
        return None;
    }
    let unpivot: Vec<_> = chosen
        .iter()
        .map(|name| json!({"name": name, "keys": {&key: random.pick(&["x", "\\g<0>", "2020"])}}))
        .collect();
    let kept = resource.fields.iter().filter(|field| !chosen.contains(&field.name)).cloned();
    resource.fields = kept.collect();
    resource.fields.extend([Field::made(&key, Kind::Text), Field::made(&value, Kind::Other)]);
    step(
        "unpivot",
        json!({
            "resources": matcher,
            "unpivot": unpivot,
            "extraKeyFields": [{"name": key, "type": "string"}],
            "extraValueField": {"name": value, "type": random.pick(&["string", "any", "any", "any"])},
        }),
    )
}

fn update_resource(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let (at, matcher) = choose(random, resources)?;
    let resource = &mut resources[at];
    let metadata = match random.below(3) {
        0 => json!({"title": "Tïtel", "x": [1, 1.50, null, {"b": 1, "a": 2}]}),
        1 => json!({"path": format!("sub/{}.csv", resource.name)}),
        _ => {
            resource.name = format!("{}-2", resource.name);
            json!({"name": resource.name})
        }
    };
    step("update_resource", json!({"resources": matcher, "metadata": metadata}))
}

fn update_package(random: &mut Random, _: &mut [Resource]) -> Option<Value> {
    let parameters = [
        json!({"name": "package", "title": "Päckchen"}),
        json!({"licenses": [{"name": "CC0-1.0"}], "n": 1e3}),
    ];
    step("update_package", random.pick(&parameters).clone())
}
