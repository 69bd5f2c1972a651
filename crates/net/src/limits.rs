//! Every bound of this crate, with its unit and its reason.

/// Bytes of the body of one call: twice the largest message of the replicated state.
pub const CALL_BYTES_MAX: usize = 16 << 20;
/// Bytes of one piece of a stream: large enough that its frame costs nothing.
pub const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Bytes of the body of one frame: at 100 Mbit/s a short message waits 5 ms behind it.
pub const FRAME_BYTES_MAX: usize = 64 << 10;
/// Bytes of frames that wait because the other side does not read, about; further calls wait with
/// their callers.
pub const UNSENT_BYTES_MAX: usize = 1 << 20;
/// Bytes that are read from a connection of frames at once: what one record of TLS holds.
pub const READ_BYTES: usize = 16 << 10;
/// Letters of the name of a service.
pub const SERVICE_LETTERS_MAX: usize = 64;
/// Bytes of the text of a refusal that travel: quoted they are three times as many, and all
/// headers of an answer may have 16 KiB.
pub const REFUSAL_BYTES_MAX: usize = 2_000;
/// Bytes of the code of a refusal.
pub const REFUSAL_CODE_BYTES_MAX: usize = 64;

/// Calls under way on one connection; further ones wait in the caller.
pub const STREAMS_MAX: u32 = 1_024;
/// Calls that a member gave up before this node looked at them, after which its connection ends: as
/// many as may be under way, so that a node that was paused for a while goes on where it was.
pub const GIVEN_UP_MAX: usize = 1_024;
/// Bytes that may be under way on one stream: one large message of the replicated state.
pub const STREAM_WINDOW_BYTES: u32 = 4 << 20;
/// Bytes that may be under way on one connection.
pub const CONNECTION_WINDOW_BYTES: u32 = 8 << 20;
/// Connections that a node accepts: two of each of 500 members.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Connections that are not yet known to be of a member; strangers can hold no more.
pub const HANDSHAKES_MAX: usize = 256;
/// Members that a node calls; beyond that the ones that do not answer are forgotten.
pub const ADDRESSES_MAX: usize = 1_024;

/// Longest way to an encrypted connection, in milliseconds: five round trips to the far side of
/// the planet.
pub const CONNECT_MS: u64 = 2_000;
/// Longest that a stranger may take to prove who he is, in milliseconds.
pub const HANDSHAKE_MS: u64 = 5_000;
/// Longest way until both sides have proved the secret, in milliseconds.
pub const MEET_MS: u64 = CONNECT_MS + HANDSHAKE_MS;
/// The same with a node that founds after this one, in milliseconds: a member answers within a few
/// round trips, and who does not may be waiting for this node.
pub const MEET_LATER_MS: u64 = 1_500;
/// Longest wait for a node that founds before this one, runs, and answers nobody yet, in
/// milliseconds: it may have waited for twenty others.
pub const SILENCE_MS: u64 = 30_000;
/// First pause after a failed connection, in milliseconds; it doubles each time.
pub const RECONNECT_BASE_MS: u64 = 25;
/// Longest pause after failed connections, in milliseconds: a member that returns is called
/// again within it.
pub const RECONNECT_CAP_MS: u64 = 500;
/// Silence on a connection with calls under way after which the other side is asked for a sign
/// of life, in milliseconds. An idle connection is left alone.
pub const KEEP_ALIVE_MS: u64 = 2_000;
/// Longest wait for that sign, in milliseconds.
pub const KEEP_ALIVE_WAIT_MS: u64 = 3_000;
/// Silence on an accepted connection after which the system asks the other machine for a sign of
/// life, in milliseconds; an idle member costs one packet a minute.
pub const TCP_IDLE_MS: u64 = 60_000;
/// Time between two such questions without an answer, in milliseconds.
pub const TCP_PROBE_MS: u64 = 10_000;
/// Questions without an answer after which the connection ends.
pub const TCP_PROBES: u32 = 3;
/// Longest that calls under way may take when a server ends, in milliseconds.
pub const GRACE_MS: u64 = 2_000;
/// Addresses of one host name that are tried.
pub const RESOLVED_MAX: usize = 8;

/// Bits of a secret: nobody guesses 128, however many machines he has.
pub const SECRET_BITS_MIN: usize = 128;
/// Different letters in a secret; a random one of 128 bits has more.
pub const SECRET_LETTERS_MIN: usize = 8;
/// Bytes of a secret; more adds nothing.
pub const SECRET_BYTES_MAX: u64 = 4_096;
/// Random bytes of a secret that is made here.
pub const SECRET_MADE_BYTES: usize = 32;

/// Bytes of any file of an identity.
pub const IDENTITY_BYTES_MAX: u64 = 64 << 10;
/// Time before its making from which a certificate holds, in milliseconds: clocks may differ so
/// much.
pub const CERTIFICATE_BACK_MS: u64 = 24 * 3_600_000;
/// Time after its making up to which a certificate holds, in milliseconds.
pub const CERTIFICATE_FORTH_MS: u64 = 48 * 3_600_000;
/// Age at which a certificate is made anew, in milliseconds.
pub const CERTIFICATE_RENEW_MS: u64 = 12 * 3_600_000;
/// Bytes of the list of removed nodes: a line for each of 16,000.
pub const REMOVED_BYTES_MAX: u64 = 1 << 20;

/// Bytes of one message of a stranger who has not proved the secret.
pub const STRANGER_BYTES_MAX: usize = 1_024;
/// Bytes of one message of a join after that.
pub const JOIN_BYTES_MAX: usize = 1 << 20;
/// Longest that a cluster takes to admit a node, in milliseconds: a change of members waits for
/// a quorum.
pub const ADMIT_MS: u64 = 30_000;
/// Wrong secrets of one source within the window; then it waits for its end.
pub const WRONG_SECRETS_MAX: u32 = 10;
/// See [`WRONG_SECRETS_MAX`], in milliseconds. What goes wrong with one source is a warning once
/// in this time.
pub const WRONGS_WINDOW_MS: u64 = 60_000;
/// Sources of wrong secrets and of refused connections that are remembered.
pub const WRONG_SOURCES_MAX: usize = 1_024;

/// Letters of the name of a cluster, as of a label of a host name.
pub const CLUSTER_LETTERS_MAX: usize = 63;
/// Letters of a host name.
pub const HOST_LETTERS_MAX: usize = 253;
/// Letters of the token of a cluster: eight addresses and a long secret.
pub const TOKEN_LETTERS_MAX: usize = 16 << 10;

/// Members that one place to look may name.
pub const CANDIDATES_MAX: usize = 1_024;
/// Bytes of a file of members: as many lines as members.
pub const MEMBERS_FILE_BYTES_MAX: u64 = 512 << 10;
/// Time for which a fresh node looks for others on a network, in milliseconds: a second, after
/// which multicast DNS asks again, and the time for the answer.
pub const LOOK_MS: u64 = 1_250;
/// Pause after which a fresh node tells by multicast again that it is there, in milliseconds.
pub const TELL_AGAIN_MS: u64 = 250;
/// How often it does so, within the time of [`LOOK_MS`].
pub const TELL_AGAIN_TIMES: u32 = 3;
/// Pause between two looks, in milliseconds.
pub const LOOK_AGAIN_MS: u64 = 100;
/// Time that each member on a list has to found before the next one may, in milliseconds: a
/// founder is ready within half of it.
pub const TURN_MS: u64 = 500;
/// Members before a node on a list for which it waits.
pub const TURNS_MAX: u32 = 8;
/// Longest pause between two looks of a node that may not found a cluster, in milliseconds.
pub const LOOK_AGAIN_CAP_MS: u64 = 2_000;
/// Time between two signs of life in a registry directory, in milliseconds.
pub const REGISTRY_BEAT_MS: u64 = 5_000;
/// Age at which an entry of a registry directory is ignored and swept, in milliseconds: three
/// signs of life may fail.
pub const REGISTRY_EXPIRY_MS: u64 = 20_000;
/// Age at which the claim of a founder who never became ready is void, in milliseconds.
pub const CLAIM_EXPIRY_MS: u64 = 10_000;
/// Bytes of an entry or a claim that are read.
pub const ENTRY_BYTES_MAX: u64 = 1_024;
/// Bytes of a `hazelcast.edn`.
pub const EDN_BYTES_MAX: u64 = 64 << 10;
/// Depth of the values in it.
pub const EDN_DEPTH_MAX: usize = 32;
