#![expect(unsafe_code, reason = "the trait under test is unsafe")]

use rquickjs::allocator::Allocator;

use super::Memory;
use crate::limits::JAVASCRIPT_MEMORY_RESERVE_BYTES;

#[test]
fn memory_is_counted_until_it_is_given_back() {
    let memory = Memory::new(1024);
    let mut allocator = memory.allocator();

    let pointer = allocator.alloc(100);
    assert!((100..=112).contains(&memory.used()));
    // SAFETY: the pointer comes from this allocator, and is used no more after `dealloc`.
    let pointer = unsafe { allocator.realloc(pointer, 500) };
    assert!((500..=512).contains(&memory.used()));
    // SAFETY: as above.
    unsafe { allocator.dealloc(pointer) };

    assert_eq!(memory.used(), 0);
    assert!(!memory.exceeded());
}

#[test]
fn first_refusal_opens_a_reserve_and_is_remembered() {
    let memory = Memory::new(1024);
    let mut allocator = memory.allocator();

    assert!(allocator.alloc(1025).is_null());
    assert!(memory.exceeded());
    let pointer = allocator.alloc(2048);
    assert!(!pointer.is_null());
    // SAFETY: the pointer comes from this allocator, and is used no more.
    unsafe { allocator.dealloc(pointer) };
    assert!(allocator.alloc(JAVASCRIPT_MEMORY_RESERVE_BYTES + 1025).is_null());
    assert!(memory.exceeded());
}

#[test]
fn sizes_that_overflow_are_refused() {
    let memory = Memory::new(1024);
    let mut allocator = memory.allocator();

    assert!(allocator.calloc(usize::MAX, 2).is_null());
    assert!(allocator.alloc(usize::MAX).is_null());
}
