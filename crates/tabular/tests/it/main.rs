//! The crate through its public face.

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod descriptors;
