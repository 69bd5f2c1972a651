use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Float32Array, Int32Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Int32Type, Schema};
use arrow::datatypes::{Field, Int64Type};
use parquet::arrow::ArrowWriter;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

use super::*;
use crate::batch::Batch;
use crate::column::Column;
use crate::format::{RowReader, RowWriter, WriteError};
use crate::typed::plan::TypedField;
use crate::typed::testing::{rows, table};
use crate::value::{Kind, Value};

fn written(fields: &[TypedField], batches: &[Batch]) -> File {
    let file = tempfile::tempfile().unwrap();
    let output = Box::new(file.try_clone().unwrap());
    let mut writer = Box::new(ParquetWriter::new(output, fields));
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn read(file: File) -> Batch {
    let mut reader = ParquetReader::open(file).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        assert!(batch.rows() <= crate::limits::BATCH_ROWS_MAX);
        batches.push(batch);
    }
    Batch::concat(&batches)
}

fn foreign(columns: Vec<(&str, ArrayRef)>) -> File {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    );
    let batch = batch.unwrap();
    let file = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(file.try_clone().unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn numbers(texts: &[&str]) -> Batch {
    let column: Column = texts.iter().map(|text| Some(Value::new(Kind::Number, *text))).collect();
    Batch::new(texts.len(), [("n".into(), column)])
}

#[test]
fn the_scale_is_that_of_the_first_rows() {
    let fields = [TypedField::new("n", "number")];
    let file = written(&fields, &[numbers(&["1.5", "2"]), numbers(&["3.25"])]);
    let batch = read(file);
    let texts: Vec<_> = batch.column("n").unwrap().cells().iter().flatten().collect();
    assert_eq!(texts, ["1.50", "2.00", "3.25"]);
}

#[test]
fn a_late_number_that_does_not_fit_names_row_and_fix() {
    let many = numbers(&vec!["1.5"; crate::limits::SCALE_ROWS_MAX]);
    let fields = [TypedField::new("n", "number")];
    let mut writer = ParquetWriter::new(Box::new(io::sink()), &fields);
    writer.write(&many).unwrap();
    let error = writer.write(&numbers(&["1.5", "1.25"])).unwrap_err();
    let WriteError::Value { row, field, problem } = error else { panic!("{error}") };
    assert_eq!((row, field.as_str()), (65_538, "n"));
    assert!(problem.contains("set `scale: 2`"), "{problem}");
}

#[test]
fn fields_decide_the_columns_and_a_missing_one_is_null() {
    let fields = [TypedField::new("absent", "date"), TypedField::new("n", "string")];
    let mut batch = numbers(&["1.50"]);
    batch.set("surplus", Column::nulls(1));
    let batch = read(written(&fields, &[batch]));
    assert_eq!(rows(&batch), [[None, Some("1.50".to_owned())]]);
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let fields = [TypedField::new("n", "number"), TypedField::new("s", "string")];
    let mut reader = ParquetReader::open(written(&fields, &[])).unwrap();
    assert_eq!(reader.names(), ["n".into(), "s".into()]);
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn the_declared_types_are_those_of_table_schema() {
    let types = ["integer", "number", "boolean", "date", "time", "datetime", "string"];
    let fields = types.map(|name| TypedField::new(name, name));
    let reader = ParquetReader::open(written(&fields, &[])).unwrap();
    for (field, name) in reader.fields().iter().zip(types) {
        let text = serde_json::to_string(field).unwrap();
        assert_eq!(text, format!(r#"{{"name":"{name}","type":"{name}","format":"default"}}"#));
    }
}

#[test]
fn foreign_types_are_read() {
    let dictionary: DictionaryArray<Int32Type> = [Some("b"), None, Some("a")].into_iter().collect();
    let moments = TimestampMillisecondArray::from(vec![0, 1_500, -1]).with_timezone("+01:00");
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]);
    let inner: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let record = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int32, true)), inner)]);
    let file = foreign(vec![
        ("d", Arc::new(dictionary)),
        ("f", Arc::new(Float32Array::from(vec![0.1, 2.0, f32::NAN]))),
        ("t", Arc::new(moments)),
        ("l", Arc::new(list)),
        ("r", Arc::new(record)),
    ]);
    let reader = ParquetReader::open(file.try_clone().unwrap()).unwrap();
    let types: Vec<String> =
        reader.fields().iter().map(|field| field["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["string", "number", "datetime", "array", "object"]);
    let batch = read(file);
    let kinds: Vec<Kind> = batch.columns().iter().map(Column::kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Float, Kind::DateTime, Kind::Json, Kind::Json]);
    let columns: Vec<Vec<&str>> = batch
        .columns()
        .iter()
        .map(|column| column.cells().iter().map(|cell| cell.unwrap_or("null")).collect())
        .collect();
    assert_eq!(columns[0], ["b", "null", "a"]);
    assert_eq!(columns[1], ["0.1", "2.0", "NaN"]);
    assert_eq!(
        columns[2],
        [
            "1970-01-01T01:00:00+01:00",
            "1970-01-01T01:00:01.5+01:00",
            "1970-01-01T00:59:59.999+01:00"
        ]
    );
    assert_eq!(columns[3], ["[1, null]", "null", "[]"]);
    assert_eq!(columns[4], [r#"{"x": 1}"#, r#"{"x": 2}"#, r#"{"x": 3}"#]);
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let array: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let field = Field::new("a", DataType::Utf8, true);
    let schema = Arc::new(Schema::new(vec![field.clone(), field]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array.clone(), array]).unwrap();
    let file = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(file.try_clone().unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let error = ParquetReader::open(file).unwrap_err();
    assert!(error.to_string().ends_with("two columns are called `a`; rename one"), "{error}");
}

#[test]
fn what_is_not_parquet_is_refused() {
    for bytes in [&b""[..], b"PAR1", b"a,b\n1,2\n", b"PAR1 and no footer at all PAR1"] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let error = ParquetReader::open(file).unwrap_err();
        assert!(error.to_string().starts_with("not a readable parquet table"), "{error}");
    }
}

#[test]
fn a_full_disk_is_an_error_of_the_output() {
    let fields = [TypedField::new("n", "number")];
    let full = Box::new(File::options().write(true).open("/dev/full").unwrap());
    let mut writer = Box::new(ParquetWriter::new(full, &fields));
    writer.write(&numbers(&["1.5"])).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Io(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tables_come_back((fields, batch) in table(40), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(batch.rows() + 1);
        let parts = [batch.slice(0, cut), batch.slice(cut, batch.rows() - cut)];
        let back = read(written(&fields, &parts));
        prop_assert_eq!(back.rows(), if fields.is_empty() { 0 } else { batch.rows() });
        if !fields.is_empty() && batch.rows() > 0 {
            prop_assert_eq!(back.names(), batch.names());
            prop_assert_eq!(rows(&back), rows(&batch));
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_or_rows(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let fields = [TypedField::new("n", "number"), TypedField::new("s", "string")];
        let file = written(&fields, &[numbers(&["1.5", "2.25", "3", "4"])]);
        let mut bytes = Vec::new();
        let mut source = file.try_clone().unwrap();
        io::Seek::rewind(&mut source).unwrap();
        io::Read::read_to_end(&mut source, &mut bytes).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut damaged = tempfile::tempfile().unwrap();
        damaged.write_all(&bytes).unwrap();
        if let Ok(mut reader) = ParquetReader::open(damaged) {
            while let Ok(Some(_)) = reader.next_batch() {}
        }
    }
}
