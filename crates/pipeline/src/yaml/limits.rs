//! The bounds of the YAML loader, with unit and reason.

/// Largest text, in bytes. The largest specification seen has 40 KiB; inline data may add to that.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Deepest nesting, aliases followed. Real specifications reach about 12; what recurses over the
/// result stays far from the end of the stack.
pub const DEPTH_MAX: usize = 100;

/// Most values after aliases are followed: the ceiling for documents that multiply themselves.
pub const VALUES_MAX: usize = 300_000;

/// Most bytes of text after aliases are followed, for the same reason.
pub const EXPANDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most figures of an integer, the bound of Python's `int`; converting costs the square of it.
pub const INTEGER_DIGITS_MAX: usize = 4_300;

/// Most warnings of one document; who has more reads the first ones.
pub const WARNINGS_MAX: usize = 100;
