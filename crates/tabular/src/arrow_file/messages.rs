//! The messages of Arrow files and streams, checked before they are decoded.
//!
//! The decoder trusts the sizes in a message, and asks for the memory that a damaged one claims.
//! So the pieces of a message are read here, never more bytes than there are, and each buffer
//! must lie within its message and unpack to a bounded size.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{Block, Message, root_as_footer, root_as_message};

use super::{FORMAT, fault};
use crate::format::ReadError;
use crate::limits::ARROW_MESSAGE_BYTES_MAX;

const CONTINUATION: [u8; 4] = [0xff; 4];
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The record batches of an Arrow file, found by its footer.
pub(super) struct FileBatches {
    file: File,
    decoder: FileDecoder,
    blocks: std::vec::IntoIter<Block>,
}

impl FileBatches {
    /// Reads footer and dictionaries.
    pub(super) fn open(mut file: File) -> Result<(SchemaRef, Self), ReadError> {
        let mut tail = [0; 10];
        file.seek(SeekFrom::End(-10))?;
        file.read_exact(&mut tail)?;
        let length = read_footer_length(tail).map_err(fault)?;
        let length = i64::try_from(length).map_err(|_| damaged("its footer has no size"))?;
        file.seek(SeekFrom::End(-10 - length))
            .map_err(|_| damaged("its footer is longer than the file"))?;
        let mut bytes = Vec::new();
        (&mut file).take(length.unsigned_abs()).read_to_end(&mut bytes)?;
        let footer = root_as_footer(&bytes).map_err(|error| damaged(&error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| damaged("its footer has no schema"))?;
        let schema = SchemaRef::new(fb_to_schema(schema));
        let decoder = FileDecoder::new(SchemaRef::clone(&schema), footer.version());
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let mut batches = Self { file, decoder, blocks: blocks.into_iter() };
        for block in footer.dictionaries().iter().flatten() {
            let bytes = batches.read(block)?;
            batches.decoder.read_dictionary(block, &bytes).map_err(fault)?;
        }
        Ok((schema, batches))
    }

    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, ReadError> {
        let Some(block) = self.blocks.next() else { return Ok(None) };
        let bytes = self.read(&block)?;
        match self.decoder.read_record_batch(&block, &bytes).map_err(fault)? {
            Some(batch) => Ok(Some(batch)),
            None => self.next(),
        }
    }

    /// The bytes of one message.
    fn read(&mut self, block: &Block) -> Result<Buffer, ReadError> {
        let size =
            |size: i64| u64::try_from(size).map_err(|_| damaged("a block ends before it begins"));
        let (offset, head) = (size(block.offset())?, size(block.metaDataLength().into())?);
        let length = size(block.bodyLength())?.saturating_add(head);
        self.file.seek(SeekFrom::Start(offset))?;
        let bytes = read(&mut self.file, length)?;
        let split = usize::try_from(head).ok().and_then(|head| bytes.split_at_checked(head));
        let (head, body) = split.ok_or_else(|| damaged("a block is longer than the file"))?;
        let message = match head.split_first_chunk::<4>() {
            Some((&CONTINUATION, rest)) => rest.get(4..),
            Some((_, rest)) => Some(rest),
            None => None,
        };
        check(&parse(message.unwrap_or_default())?, body)?;
        Ok(Buffer::from(bytes))
    }
}

/// The record batches of an Arrow stream.
pub(super) struct StreamBatches {
    bytes: BufReader<Box<dyn Read + Send>>,
    decoder: StreamDecoder,
    /// A batch that was complete before it was asked for.
    ready: Option<RecordBatch>,
    is_finished: bool,
}

impl StreamBatches {
    /// Reads up to the schema.
    pub(super) fn open(bytes: Box<dyn Read + Send>) -> Result<(SchemaRef, Self), ReadError> {
        let mut batches = Self {
            bytes: BufReader::new(bytes),
            decoder: StreamDecoder::new(),
            ready: None,
            is_finished: false,
        };
        loop {
            if let Some(schema) = batches.decoder.schema() {
                return Ok((schema, batches));
            }
            if batches.is_finished {
                return Err(damaged("there is no schema"));
            }
            batches.advance()?;
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, ReadError> {
        while self.ready.is_none() && !self.is_finished {
            self.advance()?;
        }
        Ok(self.ready.take())
    }

    /// Decodes one message, or finishes. What was complete before it becomes ready.
    fn advance(&mut self) -> Result<(), ReadError> {
        let mut size = [0; 4];
        let mut prefix = read(&mut self.bytes, 4)?;
        if prefix == CONTINUATION {
            prefix.extend(read(&mut self.bytes, 4)?);
        }
        let Some(last) = prefix.last_chunk::<4>() else {
            self.is_finished = true;
            // A message without a body is only complete when something comes after it.
            return if prefix.is_empty() {
                self.feed(END.to_vec())
            } else {
                Err(damaged("it ends within a message"))
            };
        };
        size.copy_from_slice(last);
        let size = u32::from_le_bytes(size);
        if size == 0 {
            self.is_finished = true;
            return self.feed(END.to_vec());
        }
        let head = read(&mut self.bytes, size.into())?;
        let message = parse(&head)?;
        let length = u64::try_from(message.bodyLength())
            .map_err(|_| damaged("a message ends before it begins"))?;
        let body = read(&mut self.bytes, length)?;
        if u64::try_from(body.len()) != Ok(length) {
            return Err(damaged("it ends within a message"));
        }
        check(&message, &body)?;
        self.feed(prefix)?;
        self.feed(head)?;
        self.feed(body)
    }

    fn feed(&mut self, bytes: Vec<u8>) -> Result<(), ReadError> {
        let mut bytes = Buffer::from(bytes);
        while !bytes.is_empty() {
            if let Some(batch) = self.decoder.decode(&mut bytes).map_err(fault)? {
                self.ready = Some(batch);
            }
        }
        Ok(())
    }
}

/// Up to `length` bytes; memory grows with what is there, not with what is claimed.
fn read(source: &mut impl Read, length: u64) -> Result<Vec<u8>, ReadError> {
    if length > ARROW_MESSAGE_BYTES_MAX {
        let problem = format!(
            "a message of {length} bytes, and {ARROW_MESSAGE_BYTES_MAX} is the most; write the \
             table in smaller record batches"
        );
        return Err(ReadError::Format { format: FORMAT, problem });
    }
    let mut bytes = Vec::new();
    source.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Message<'_>, ReadError> {
    root_as_message(bytes).map_err(|error| damaged(&error.to_string()))
}

/// Checks the places and sizes of all buffers of a message against its body.
fn check(message: &Message<'_>, body: &[u8]) -> Result<(), ReadError> {
    let batch = message.header_as_record_batch();
    let Some(batch) = batch.or_else(|| message.header_as_dictionary_batch()?.data()) else {
        return Ok(());
    };
    let mut unpacked = 0_u64;
    for buffer in batch.buffers().iter().flatten() {
        let place =
            usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = place.and_then(|(from, length)| body.get(from..from.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| damaged("a buffer lies outside its message"))?;
        if batch.compression().is_some()
            && let Some(size) = bytes.first_chunk::<8>()
        {
            // -1 stands for bytes that are stored as they are.
            let size = i64::from_le_bytes(*size).max(0);
            unpacked = unpacked.saturating_add(size.unsigned_abs());
        }
    }
    if unpacked > ARROW_MESSAGE_BYTES_MAX {
        let problem = format!(
            "a message unpacks to {unpacked} bytes, and {ARROW_MESSAGE_BYTES_MAX} is the most"
        );
        return Err(ReadError::Format { format: FORMAT, problem });
    }
    Ok(())
}

fn damaged(what: &str) -> ReadError {
    ReadError::Format { format: FORMAT, problem: format!("the bytes are damaged: {what}") }
}
