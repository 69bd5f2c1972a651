//! The query of a request: pairs of bytes, read into the type that a route asks for.

use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::request::RequestError;

/// Reads `query`, in which `+` is a space and any byte may be written as `%41`.
pub(super) fn parse<Q: DeserializeOwned>(query: Option<&str>) -> Result<Q, RequestError> {
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (String::from_utf8_lossy(&decode(name)).into_owned(), Value(decode(value)))
    });
    Q::deserialize(MapDeserializer::new(pairs))
        .map_err(|error: Error| RequestError::parameter("query", error))
}

/// Undoes the percent encoding of a part of a path.
pub(super) fn decode_path(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

fn decode(text: &str) -> Vec<u8> {
    decode_path(&text.replace('+', " "))
}

/// The value of one pair.
struct Value(Vec<u8>);

impl Value {
    fn parse<T: std::str::FromStr>(&self, what: &str) -> Result<T, Error> {
        let text = std::str::from_utf8(&self.0).ok();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| Error::custom(format_args!("`{}` is not {what}", self.0.escape_ascii())))
    }
}

impl IntoDeserializer<'_> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $what:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse($what)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value {
    type Error = Error;

    numbers! {
        deserialize_u8 visit_u8 "a number from 0 to 255"
        deserialize_u32 visit_u32 "a number from 0 to 4294967295"
        deserialize_u64 visit_u64 "a number of 64 bits from 0 on"
        deserialize_i64 visit_i64 "an integer of 64 bits"
        deserialize_f64 visit_f64 "a number"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match String::from_utf8(self.0) {
            Ok(text) => visitor.visit_string(text),
            Err(error) => visitor.visit_byte_buf(error.into_bytes()),
        }
    }

    /// A name without a value means yes.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.0.is_empty() || self.parse("`true` or `false`")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(text))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u16 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
