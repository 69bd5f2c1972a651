//! What is said at the end of a run.

use crate::limits;
use crate::place::Place;

/// Prints what was lost or cannot be explained, and says whether all is well. The folder is kept
/// when it is not.
pub(crate) fn verdict(place: Place, wrong: anyhow::Result<Vec<String>>) -> anyhow::Result<bool> {
    let wrong = match wrong {
        Ok(wrong) => wrong,
        Err(error) => {
            place.keep();
            return Err(error);
        }
    };
    if wrong.is_empty() {
        println!("nothing was lost, everything can be explained");
        return Ok(true);
    }
    for text in wrong.iter().take(limits::LOSSES_SHOWN) {
        println!("WRONG: {text}");
    }
    let more = wrong.len().saturating_sub(limits::LOSSES_SHOWN);
    if more > 0 {
        println!("and {more} more");
    }
    place.keep();
    Ok(false)
}
