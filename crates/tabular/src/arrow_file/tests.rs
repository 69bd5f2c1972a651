use std::fs::File;
use std::io::{Read, Seek, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

use super::*;
use crate::batch::Batch;
use crate::format::{RowReader, RowWriter, WriteError};
use crate::limits::BATCH_ROWS_MAX;
use crate::typed::plan::TypedField;
use crate::typed::testing::{rows, table};
use crate::value::{Kind, Value};

type Output = Box<dyn Write + Send>;

fn written(
    make: fn(Output, &[TypedField]) -> ArrowWriter,
    fields: &[TypedField],
    batch: &Batch,
) -> File {
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = Box::new(make(Box::new(file.try_clone().unwrap()), fields));
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    file.rewind().unwrap();
    file
}

fn read(file: File) -> Batch {
    let mut reader = ArrowReader::open(file).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        batches.push(batch);
    }
    Batch::concat(&batches)
}

#[test]
fn a_long_record_batch_is_given_in_parts() {
    let values = (0..20_000).collect::<Vec<i64>>();
    let array: ArrayRef = Arc::new(Int64Array::from(values));
    let batch = RecordBatch::try_from_iter([("n", array)]).unwrap();
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let mut file = tempfile::tempfile().unwrap();
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let output = file.try_clone().unwrap();
        let mut writer =
            FileWriter::try_new_with_options(output, &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        file.rewind().unwrap();
        let mut reader = ArrowReader::open(file).unwrap();
        let mut sizes = Vec::new();
        let mut last = String::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            sizes.push(batch.rows());
            let column = batch.column("n").unwrap();
            column.text(batch.rows() - 1).unwrap().clone_into(&mut last);
        }
        assert_eq!(sizes, [BATCH_ROWS_MAX, BATCH_ROWS_MAX, 20_000 - 2 * BATCH_ROWS_MAX]);
        assert_eq!(last, "19999");
    }
}

#[test]
fn fields_are_declared() {
    let fields = [TypedField { is_double: true, ..TypedField::new("x", "number") }];
    let reader = ArrowReader::open(written(ArrowWriter::file, &fields, &Batch::empty(0))).unwrap();
    let text = serde_json::to_string(&reader.fields()).unwrap();
    assert_eq!(text, r#"[{"name":"x","type":"number","format":"default","floatNumber":true}]"#);
}

#[test]
fn what_is_not_arrow_is_refused() {
    for bytes in [&b""[..], b"ARROW1", b"a,b\n1,2\n", b"ARROW1 and no footer at all ARROW1"] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        assert!(ArrowReader::open(file).is_err());
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused() {
    let fields = [TypedField::new("n", "integer")];
    let column = [Some(Value::new(Kind::Integer, "99999999999999999999"))].into_iter().collect();
    let batch = Batch::new(1, [("n".into(), column)]);
    let mut writer = ArrowWriter::stream(Box::new(std::io::sink()), &fields);
    let error = writer.write(&batch).unwrap_err();
    assert!(matches!(error, WriteError::Value { row: 1, .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tables_come_back((fields, batch) in table(40)) {
        for make in [ArrowWriter::file, ArrowWriter::stream] {
            let back = read(written(make, &fields, &batch));
            prop_assert_eq!(back.rows(), batch.rows());
            prop_assert_eq!(rows(&back), rows(&batch));
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_or_rows(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let fields = [TypedField::new("n", "string")];
        let column = [Some(Value::new(Kind::Text, "some text that is long"))].into_iter().collect();
        let batch = Batch::new(1, [("n".into(), column)]);
        for make in [ArrowWriter::file, ArrowWriter::stream] {
            let mut bytes = Vec::new();
            written(make, &fields, &batch).read_to_end(&mut bytes).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let mut damaged = tempfile::tempfile().unwrap();
            damaged.write_all(&bytes).unwrap();
            damaged.rewind().unwrap();
            if let Ok(mut reader) = ArrowReader::open(damaged) {
                while let Ok(Some(_)) = reader.next_batch() {}
            }
        }
    }
}
