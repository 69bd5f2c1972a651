//! The bounds of this crate, with unit and reason.

/// Memory that buffering steps of one pipeline may share before they spill, in bytes. Leaves a
/// small machine room for its other work; `--memory` changes it.
pub const MEMORY_BYTES_DEFAULT: usize = 512 * 1024 * 1024;

/// Batches that wait between two threads of a pipeline. Enough to even out the pace, few enough
/// to keep memory flat: a batch is about a MiB.
pub const QUEUE_BATCHES_MAX: usize = 4;

/// Rows that type inference looks at, unless `sample_size` says otherwise.
pub const SAMPLE_ROWS_DEFAULT: usize = 1_000;

/// Rejected rows that an error text shows in full.
pub const SHOWN_VALUE_CHARS_MAX: usize = 200;

/// Bytes of lines that make one batch when rows come from a process. Keeps memory flat when rows
/// are large.
pub const WIRE_BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of packed rows that make one batch when sorted rows are given on. Keeps memory flat when
/// rows are large.
pub const SORTED_BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest line of the step protocol, in bytes: a row with two of the largest cells.
pub const WIRE_LINE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Bytes that are read at once from a process: the size of a Linux pipe.
pub const PIPE_BUFFER_BYTES: usize = 64 * 1024;

/// Parts that a join is divided into when its source does not fit into memory: a source of 64
/// times the bound still works part by part.
pub const JOIN_PARTITIONS: usize = 64;

/// Bytes that are gathered before a file is written.
pub const FILE_BUFFER_BYTES: usize = 256 * 1024;

/// Steps of one pipeline that share its memory: each that buffers rows spills beyond this part.
pub const BUFFERING_STEPS: usize = 4;

/// How often a run with processes looks whether it is to stop. People do not notice it.
pub const STOP_POLL: std::time::Duration = std::time::Duration::from_millis(20);

/// Bars of a small chart in a report; more cannot be told apart.
pub const REPORT_BARS: usize = 12;

/// Different values of a field that a report counts exactly.
pub const REPORT_DISTINCT_MAX: usize = 10_000;

/// Numbers of a field that the histogram of a report is made of, evenly chosen when there are more.
pub const REPORT_NUMBERS_MAX: usize = 100_000;

/// Warnings that a report repeats.
pub const REPORT_WARNINGS_MAX: usize = 100;

/// Longest descriptor of a data package that is read, in bytes: data packages with inline data are
/// large, and a descriptor is held in memory as a whole.
pub const DESCRIPTOR_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Deepest nesting of a condition. Nobody writes more by hand, and the stack holds it.
pub const EXPRESSION_DEPTH_MAX: usize = 64;

/// Further tries when a server is asked whether its data has changed. More would hold up a list.
pub const PROBE_RETRIES: u32 = 1;

/// Longest silence of a server that is asked whether its data has changed, in milliseconds.
pub const PROBE_TIMEOUT_MS: u64 = 10_000;

/// Inputs of one step whose state is looked at. A step with more counts as changed.
pub const INPUTS_MAX: usize = 100_000;

/// Warnings of a run that are known when one comes again; later ones are given each time.
pub const WARNINGS_KNOWN_MAX: usize = 1_000;

/// How long a process that has closed its pipes may take to end by itself. Python needs a moment
/// on a busy machine.
pub const PROCESS_END: std::time::Duration = std::time::Duration::from_secs(3);
