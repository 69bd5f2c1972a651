//! Scores in JSON, which has no number for the infinite ones.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;

/// A number; the infinite ones are the texts `inf` and `-inf`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score(pub f64);

impl From<f64> for Score {
    fn from(score: f64) -> Self {
        Self(score)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            f64::INFINITY => serializer.serialize_str("inf"),
            f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            score => serializer.serialize_f64(score),
        }
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visit)
    }
}

struct Visit;

impl<'de> Visitor<'de> for Visit {
    type Value = Score;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: Error>(self, score: f64) -> Result<Score, E> {
        Ok(Score(score))
    }

    fn visit_i64<E: Error>(self, score: i64) -> Result<Score, E> {
        number(&score.into())
    }

    fn visit_u64<E: Error>(self, score: u64) -> Result<Score, E> {
        number(&score.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Score, E> {
        match text {
            "inf" => Ok(Score(f64::INFINITY)),
            "-inf" => Ok(Score(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    /// Numbers of any length come as a map with their digits.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Score, A::Error> {
        number(&Number::deserialize(MapAccessDeserializer::new(map))?)
    }
}

fn number<E: Error>(number: &Number) -> Result<Score, E> {
    let score = number.as_f64().filter(|score| score.is_finite());
    score.map(Score).ok_or_else(|| E::custom(format_args!("`{number}` is too large")))
}

impl JsonSchema for Score {
    fn schema_name() -> Cow<'static, str> {
        "Score".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number; the infinite ones are texts.",
            "oneOf": [{ "type": "number" }, { "enum": ["inf", "-inf"] }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn scores_go_through_json() {
        for (score, json) in [(1.5, "1.5"), (-0.25, "-0.25"), (f64::INFINITY, "\"inf\"")] {
            assert_eq!(serde_json::to_string(&Score(score)).unwrap(), json);
            assert_eq!(serde_json::from_str::<Score>(json).unwrap(), Score(score));
        }
        assert_eq!(serde_json::from_str::<Score>("3").unwrap(), Score(3.0));
        for json in ["1e999", "\"nan\"", "null", "{}", "{\"a\":1}", "[1]"] {
            serde_json::from_str::<Score>(json).unwrap_err();
        }
    }
}
