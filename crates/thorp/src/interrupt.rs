//! Ctrl-C and SIGTERM: the first asks everything to end cleanly, the third ends at once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use store::stop::Stop;

/// Signals after which nothing is waited for any more.
const PATIENCE: u32 = 3;

/// Raises `stop` when the user interrupts.
pub(crate) fn watch(stop: &Stop) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let stop = stop.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for (count, _) in (1..).zip(signals.forever()) {
            stop.request();
            if count == 1 {
                eprintln!("stopping; outputs stay as they were");
            }
            if count == PATIENCE {
                std::process::exit(130);
            }
        }
    })?;
    Ok(())
}
