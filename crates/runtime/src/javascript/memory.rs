//! The memory of one context: counted, limited, and remembered when the limit was hit.
//!
//! The engine has a limit of its own, but a script can catch its error and go on, and nobody would
//! know. Here the first refusal is remembered, so that the call ends and the context goes.

use std::cell::Cell;
use std::ptr;
use std::rc::Rc;

use rquickjs::allocator::{Allocator, RustAllocator};

use crate::limits::JAVASCRIPT_MEMORY_RESERVE_BYTES;

/// What a context has taken.
#[derive(Debug)]
pub(super) struct Memory {
    used: Cell<usize>,
    limit: usize,
    exceeded: Cell<bool>,
}

/// The engine's access to its memory.
#[derive(Debug)]
pub(super) struct Limited(Rc<Memory>);

impl Memory {
    pub(super) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self { used: Cell::new(0), limit, exceeded: Cell::new(false) })
    }

    pub(super) fn allocator(self: &Rc<Self>) -> Limited {
        Limited(Rc::clone(self))
    }

    pub(super) fn used(&self) -> usize {
        self.used.get()
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether something was refused since the context was built.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded.get()
    }

    /// Whether `bytes` more may be taken.
    fn admits(&self, bytes: usize) -> bool {
        let reserve = if self.exceeded.get() { JAVASCRIPT_MEMORY_RESERVE_BYTES } else { 0 };
        let admits = self.used.get().saturating_add(bytes) <= self.limit.saturating_add(reserve);
        if !admits {
            self.exceeded.set(true);
        }
        admits
    }

    fn took(&self, bytes: usize) {
        self.used.set(self.used.get().saturating_add(bytes));
    }

    fn gave_back(&self, bytes: usize) {
        self.used.set(self.used.get().saturating_sub(bytes));
    }
}

#[expect(unsafe_code, reason = "the engine takes its memory through an unsafe trait")]
// SAFETY: memory comes from `RustAllocator`, which fulfils the contract, and goes back to it; this
// only counts, and answers some requests with a null pointer, as the contract allows.
unsafe impl Allocator for Limited {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.0.admits(size) {
            return ptr::null_mut();
        }
        self.counted(RustAllocator.alloc(size))
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        match count.checked_mul(size) {
            Some(bytes) if self.0.admits(bytes) => self.counted(RustAllocator.calloc(count, size)),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: `pointer` comes from this allocator, so from `RustAllocator`.
        unsafe {
            self.0.gave_back(RustAllocator::usable_size(pointer));
            RustAllocator.dealloc(pointer);
        }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, new_size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: as above, for both calls; the old size is read while the old memory is there.
        unsafe {
            let old_size = RustAllocator::usable_size(pointer);
            if !self.0.admits(new_size.saturating_sub(old_size)) {
                return ptr::null_mut();
            }
            let moved = RustAllocator.realloc(pointer, new_size);
            if !moved.is_null() {
                self.0.gave_back(old_size);
                self.0.took(RustAllocator::usable_size(moved));
            }
            moved
        }
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: `pointer` comes from this allocator, so from `RustAllocator`.
        unsafe { RustAllocator::usable_size(pointer) }
    }
}

impl Limited {
    /// Counts what was just allocated.
    fn counted(&self, pointer: *mut u8) -> *mut u8 {
        if !pointer.is_null() {
            #[expect(unsafe_code, reason = "the size is kept in front of the memory")]
            // SAFETY: `pointer` is not null and comes from `RustAllocator`.
            let bytes = unsafe { RustAllocator::usable_size(pointer) };
            self.0.took(bytes);
        }
        pointer
    }
}

#[cfg(test)]
mod tests;
