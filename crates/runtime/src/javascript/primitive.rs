//! Values that pass between JSON and the engine without its parser and its printer.
//!
//! Most items of many are numbers. The engine reads one in a few hundred nanoseconds and wraps one
//! in an object before it writes it; here both are a look at its digits. What is not sure to come
//! out just as the engine would have it is left to the engine.

use std::fmt::Write as _;

use rquickjs::{Ctx, Value};

/// Integers up to here are doubles without a loss, and both sides print all of their digits:
/// `Number.MAX_SAFE_INTEGER` (ECMA-262, section 21.1.2.6).
const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;

/// Any digits will do when there are one less than such an integer has at most.
const DIGITS_MAX: usize = 15;

/// The value of a line that is an integer in its shortest form, `true`, `false` or `null`.
pub(super) fn read<'js>(ctx: &Ctx<'js>, line: &str) -> Option<Value<'js>> {
    match line {
        "null" => Some(Value::new_null(ctx.clone())),
        "true" => Some(Value::new_bool(ctx.clone(), true)),
        "false" => Some(Value::new_bool(ctx.clone(), false)),
        line => integer(line).map(|integer| Value::new_number(ctx.clone(), integer)),
    }
}

/// Not `-0`, which is no integer to the engine.
fn integer(line: &str) -> Option<f64> {
    let digits = line.strip_prefix('-').unwrap_or(line).as_bytes();
    let is_shortest = match digits {
        [b'0'] => line.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !is_shortest || digits.len() > DIGITS_MAX {
        return None;
    }
    let magnitude = digits.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit - b'0'));
    Some(if digits.len() == line.len() { magnitude } else { -magnitude })
}

/// Appends an integer, a truth value or `null` to `to`, and says whether `value` was one; so is
/// `undefined`, of which JSON has no word.
pub(super) fn write(value: &Value<'_>, to: &mut String) -> bool {
    if let Some(integer) = value.as_int() {
        return write!(to, "{integer}").is_ok();
    }
    if let Some(number) = value.as_float() {
        // Printers differ in when they use an exponent, but not here. There is one zero in JSON.
        let is_integer = number.fract() == 0.0 && number.abs() <= INTEGER_MAX;
        return is_integer && write!(to, "{}", number + 0.0).is_ok();
    }
    match value.as_bool() {
        Some(true) => to.push_str("true"),
        Some(false) => to.push_str("false"),
        None if value.is_null() || value.is_undefined() => to.push_str("null"),
        None => return false,
    }
    true
}
