//! The crate through its public face.

#[cfg(test)]
mod acceptance;
