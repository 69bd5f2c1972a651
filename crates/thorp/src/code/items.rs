//! Items on their way out: lines of JSON, many in one piece.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use serde::Serialize;

use super::Items;
use crate::limits;

/// The lines of items that are there at once.
pub(crate) fn lines<A: Serialize>(items: impl Iterator<Item = A> + Send + 'static) -> Items {
    let pieces = futures::stream::unfold(Some(items), |items| async move {
        let mut items = items?;
        let mut piece = Vec::new();
        while piece.len() < limits::ITEMS_PIECE_BYTES {
            let Some(item) = items.next() else { break };
            if let Err(error) = write(&mut piece, &item) {
                return Some((Err(error), None));
            }
        }
        (!piece.is_empty()).then(|| (Ok(Bytes::from(piece)), Some(items)))
    });
    // Whoever sends a body may ask again after its end.
    pieces.fuse().boxed()
}

/// The lines of items that come one after the other: those that are ready go together.
pub(crate) fn lines_of<A: Serialize>(items: impl Stream<Item = A> + Send + 'static) -> Items {
    let line = |item: A| {
        let mut line = Vec::new();
        write(&mut line, &item).map(|()| line)
    };
    let pieces = items.map(line).ready_chunks(limits::ITEMS_AT_ONCE).map(|lines| {
        let mut piece = Vec::new();
        for line in lines {
            piece.extend(line?);
        }
        Ok(Bytes::from(piece))
    });
    pieces.fuse().boxed()
}

fn write(piece: &mut Vec<u8>, item: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *piece, item)?;
    piece.push(b'\n');
    Ok(())
}
