//! Random numbers of the operating system, from a seed.

#![expect(unsafe_code, reason = "a function of the C library is replaced")]

use std::sync::Mutex;

use sim::chance::Chance;

/// None: nobody said yet what comes, and all are zero.
static CHANCE: Mutex<Option<Chance>> = Mutex::new(None);

/// Lets all random numbers of this process follow from `seed`.
pub(crate) fn start(seed: u64) {
    *CHANCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Chance::of(seed, 1));
}

/// Stands in for the function of the C library. The standard library looks for it by name, so that
/// a program may have its own.
///
/// # Safety
///
/// As in C: `buffer` points to `length` bytes that nobody else uses.
// SAFETY: the name and the signature are those of the C library.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    // SAFETY: the caller promises it.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer, length) };
    let mut chance = CHANCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for chunk in bytes.chunks_mut(8) {
        let drawn = chance.as_mut().map_or(0, Chance::draw).to_le_bytes();
        for (byte, drawn) in chunk.iter_mut().zip(drawn) {
            *byte = drawn;
        }
    }
    isize::try_from(length).unwrap_or(isize::MAX)
}
