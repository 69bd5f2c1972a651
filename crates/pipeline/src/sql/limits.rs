//! The bounds of work with databases, with unit and reason.

/// Seconds that a run waits for another program to end its writing to a database. Long enough for
/// the other run of two that share a database.
pub const DATABASE_LOCK_S_MAX: u64 = 600;

/// Memory that a SQLite connection keeps pages in, in KiB; SQLite wants it negative to tell it from
/// a number of pages. 64 MiB hold the inner pages of indexes of some ten million rows.
pub const SQLITE_CACHE_KIB_NEGATIVE: i64 = -65_536;

/// Prepared statements that a connection keeps: two for each of some tables.
pub const STATEMENTS_MAX: usize = 64;

/// Rows of one INSERT statement of SQLite. More do not make it faster.
pub const SQLITE_INSERT_ROWS_MAX: usize = 50;

/// Parameters of one statement of SQLite, its own bound.
pub const SQLITE_PARAMETERS_MAX: usize = 32_766;

/// How long a database may take to accept a connection.
pub const DATABASE_CONNECT_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// Bytes of a name that PostgreSQL keeps; it cuts longer ones.
pub const POSTGRES_NAME_BYTES_MAX: usize = 63;

/// Times that a server is asked, a tenth of a second apart, whether a transaction has ended. It
/// ends as soon as the server sees the closed connection.
pub const TRANSACTION_QUESTIONS_MAX: usize = 300;

/// Batches of a SQLite result that wait to be taken.
pub const READ_BATCHES_MAX: usize = 2;

/// Bytes of texts that make one batch when rows are large.
pub const READ_BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Rows that are fetched at once from PostgreSQL; they are held twice for a moment.
pub const FETCH_ROWS: usize = 2_048;

/// Threads of the query engine: one to run the query, one to read and spill beside it.
pub const QUERY_THREADS: usize = 2;

/// How long a query may go on before it is asked whether it is to stop.
pub const QUERY_LOOK_UP: std::time::Duration = std::time::Duration::from_millis(200);

/// Parts of a query's memory, of which each sort may hold one: two for each side of two joins on
/// two threads, and as much again for what cannot spill.
pub const QUERY_PARTS: usize = 16;

/// Rows of a batch where memory is short: a merge holds one batch of each run.
pub const QUERY_SPILLING_ROWS: usize = 1_024;

/// Names that an error about a query lists: a line of text, whatever the number of columns.
pub const QUERY_NAMES_SHOWN: usize = 30;
