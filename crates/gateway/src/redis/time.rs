//! Times as commands give them.

use bytes::Bytes;
use structures::{Ttl, TtlCondition};

use super::args::{Args, integer};
use super::error::ErrorReply;

/// A time that must be in the future, in milliseconds.
pub(super) fn positive(given: i64, unit_ms: i64, name: &str) -> Result<i64, ErrorReply> {
    let ms = given.checked_mul(unit_ms).filter(|_| given > 0);
    ms.ok_or_else(|| ErrorReply::expire_time(name))
}

/// A time with its unit, not yet looked at.
#[derive(Debug)]
pub(super) struct Given {
    time: Bytes,
    unit_ms: i64,
    is_absolute: bool,
}

impl Given {
    /// Reads `EX 10`, `PX 10`, `EXAT 10` or `PXAT 10`.
    pub(super) fn parse(args: &mut Args) -> Result<Self, ErrorReply> {
        let (unit_ms, is_absolute) = if args.takes("ex") {
            (1000, false)
        } else if args.takes("px") {
            (1, false)
        } else if args.takes("exat") {
            (1000, true)
        } else if args.takes("pxat") {
            (1, true)
        } else {
            return Err(ErrorReply::SYNTAX);
        };
        Ok(Self { time: args.bytes()?, unit_ms, is_absolute })
    }

    pub(super) fn ttl(&self, name: &str) -> Result<Ttl, ErrorReply> {
        let given = integer(&self.time).ok_or(ErrorReply::NOT_AN_INTEGER)?;
        let ms = positive(given, self.unit_ms, name)?;
        Ok(if self.is_absolute { Ttl::At { ms } } else { Ttl::After { ms } })
    }
}

/// Reads the conditions of `EXPIRE` and its like.
pub(super) fn condition(args: &mut Args) -> Result<TtlCondition, ErrorReply> {
    let (mut nx, mut xx, mut gt, mut lt) = (false, false, false, false);
    while let Some(next) = args.as_slice().first() {
        let unsupported = format!("ERR Unsupported option {}", String::from_utf8_lossy(next));
        match () {
            () if args.takes("nx") => nx = true,
            () if args.takes("xx") => xx = true,
            () if args.takes("gt") => gt = true,
            () if args.takes("lt") => lt = true,
            () => return Err(ErrorReply::new(unsupported)),
        }
    }
    if nx && (xx || gt || lt) {
        return Err(ErrorReply::fixed(
            "ERR NX and XX, GT or LT options at the same time are not compatible",
        ));
    }
    if gt && lt {
        return Err(ErrorReply::fixed("ERR GT and LT options at the same time are not compatible"));
    }
    Ok(match (nx, xx, gt, lt) {
        (true, ..) => TtlCondition::Absent,
        (_, true, _, true) => TtlCondition::SoonerIfPresent,
        (_, _, true, _) => TtlCondition::Later,
        (_, _, _, true) => TtlCondition::Sooner,
        (_, true, ..) => TtlCondition::Present,
        _ => TtlCondition::Always,
    })
}
