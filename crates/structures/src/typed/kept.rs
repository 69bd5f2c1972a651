//! Reads kept bytes as the type that asks wants them.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::value::{CowStrDeserializer, StrDeserializer};
use serde::de::{IgnoredAny, Visitor};
use serde_json::Error;

/// Bytes that keep one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<'a>(pub(super) &'a [u8]);

impl<'a> Kept<'a> {
    /// Bytes that are no text show where they are none.
    fn text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    fn is_json(self) -> bool {
        serde_json::from_slice::<IgnoredAny>(self.0).is_ok()
    }
}

/// Reads JSON to its end.
macro_rules! as_json {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $kind,)*
            visitor: V,
        ) -> Result<V::Value, Error> {
            let mut json = serde_json::Deserializer::from_slice(self.0);
            let value = json.$method($($argument,)* visitor)?;
            json.end()?;
            Ok(value)
        }
    )*};
}

/// Gives the text as it is.
macro_rules! as_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            CowStrDeserializer::new(self.text()).$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Kept<'de> {
    type Error = Error;

    as_text! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    as_json! {
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_ignored_any();
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_json() {
            serde_json::Deserializer::from_slice(self.0).deserialize_any(visitor)
        } else {
            CowStrDeserializer::new(self.text()).deserialize_any(visitor)
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == b"null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A variant alone is a string, one with content an object.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text = self.text();
        if variants.contains(&&*text) {
            return StrDeserializer::new(&text).deserialize_enum(name, variants, visitor);
        }
        let mut json = serde_json::Deserializer::from_slice(self.0);
        let value = json.deserialize_enum(name, variants, visitor)?;
        json.end()?;
        Ok(value)
    }
}
