//! Parquet files.

mod read;
mod write;

pub use read::ParquetReader;
pub use write::ParquetWriter;

const FORMAT: &str = "parquet";

#[cfg(test)]
mod tests;
