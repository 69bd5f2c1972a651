//! Random commands of each group.

/// A generator of numbers from a seed. Method: SplitMix64, Steele, Lea, Flood 2014.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

type Make = fn(&mut Chance) -> Vec<String>;

pub(super) const GROUPS: [(&str, Make); 9] = [
    ("strings", |chance| from(chance, STRINGS)),
    ("generic", |chance| mixed(chance, GENERIC)),
    ("hashes", |chance| mixed(chance, HASHES)),
    ("lists", |chance| mixed(chance, LISTS)),
    ("sets", |chance| mixed(chance, SETS)),
    ("sorted_sets", |chance| mixed(chance, SORTED_SETS)),
    ("streams", |chance| mixed(chance, STREAMS)),
    ("connection", |chance| mixed(chance, CONNECTION)),
    ("transactions", transactions),
];

/// Mostly commands of the group, and now and then one that brings another kind of structure.
fn mixed(chance: &mut Chance, lines: &[&str]) -> Vec<String> {
    if chance.below(12) == 0 { from(chance, DISTURBING) } else { from(chance, lines) }
}

fn transactions(chance: &mut Chance) -> Vec<String> {
    let lines = match chance.below(10) {
        0..3 => TRANSACTIONS,
        3..5 => STRINGS,
        5..7 => LISTS,
        7 => SORTED_SETS,
        8 => STREAMS,
        _ => HASHES,
    };
    from(chance, lines)
}

/// One of the lines, with something in the place of each word in brackets.
fn from(chance: &mut Chance, lines: &[&str]) -> Vec<String> {
    let line = chance.one(lines);
    let mut words = Vec::new();
    for word in line.split(' ') {
        let optional = word.strip_suffix('?');
        if optional.is_some() && chance.below(2) == 0 {
            continue;
        }
        for part in optional.unwrap_or(word).split('_') {
            words.push(filled(chance, part));
        }
    }
    // Sometimes a word too many or too few; not where that would let chance decide.
    let may_change = ![
        "SSCAN",
        "HSCAN",
        "ZSCAN",
        "SPOP",
        "SRANDMEMBER",
        "SCAN",
        "HELLO",
        "COMMAND",
        "UNSUBSCRIBE",
        "PUNSUBSCRIBE",
    ]
    .contains(&words[0].as_str());
    match chance.below(if may_change { 40 } else { 1_000_000 }) {
        0 => words.push(chance.one(&["x", "1", "NX", "COUNT"]).to_owned()),
        1 if words.len() > 1 => drop(words.pop()),
        _ => {}
    }
    if chance.below(8) == 0 {
        words[0] = words[0].to_ascii_lowercase();
    }
    words
}

fn filled(chance: &mut Chance, word: &str) -> String {
    let texts = ["", "a", "b", "hello", "10", "-3", "3.5", "abc\r\n", "x y", "mynewtext"];
    match word {
        "<key>" => chance.one(&["k1", "k2", "k3", "k4"]),
        // Never the same: a map of version 3 would have a key twice.
        "<one>" => chance.one(&["k1", "k2"]),
        "<other>" => chance.one(&["k3", "k4"]),
        "<value>" => chance.one(&texts),
        "<field>" => chance.one(&["f1", "f2", "f3", "f4", "f5"]),
        "<member>" => chance.one(&["a", "b", "c", "d", "e", "f", "g"]),
        "<int>" => chance.one(&[
            "0",
            "1",
            "2",
            "3",
            "-1",
            "-2",
            "5",
            "10",
            "-100",
            "100",
            "x",
            "9223372036854775807",
            "-9223372036854775808",
            "1.5",
            "+1",
            "01",
            "",
        ]),
        "<small>" => chance.one(&["0", "1", "2", "3", "-1", "-2", "-3", "5", "7"]),
        "<count>" => chance.one(&["0", "1", "2", "3", "10", "-1", "x"]),
        "<float>" => chance.one(&[
            "0", "1", "1.5", "-2.25", "3.0e2", "0.1", "0.2", "inf", "-inf", "nan", "x", "100",
            "1e400", "5.",
        ]),
        "<fraction>" => chance.one(&["1.5", "-2.25", "3.0e2", "0.5", "100", "-7", "x", "5."]),
        "<score>" => {
            chance.one(&["0", "1", "2", "3", "1.5", "-1", "10", "2.25", "inf", "-inf", "x"])
        }
        "<by>" => chance.one(&["1", "1.5", "-2.25", "10", "0.5"]),
        "<bound>" => chance.one(&["0", "1", "(1", "2", "(2.5", "-inf", "+inf", "10", "(x", "3"]),
        "<lex>" => chance.one(&["-", "+", "[a", "(b", "[d", "(f", "c", "["]),
        "<pattern>" => chance.one(&["*", "k*", "k[12]", "?1", "*2", "f*", "[a-c]", "x"]),
        "<end>" => chance.one(&["LEFT", "RIGHT", "left", "x"]),
        "<side>" => chance.one(&["BEFORE", "AFTER", "x"]),
        "<minmax>" => chance.one(&["MIN", "MAX", "x"]),
        "<ttl>" => {
            chance.one(&["100000", "500000", "1000000", "0", "-5", "x", "9223372036854775807"])
        }
        "<at>" => chance.one(&["99999999999", "88888888888", "1", "0", "x"]),
        "<atms>" => chance.one(&["99999999999999", "88888888888888", "1", "0", "x"]),
        "<id>" => chance.one(&["1-1", "2-1", "3-1", "3-2", "5", "0", "9-9", "x", "1-x", "7-0"]),
        "<newid>" => chance.one(&["1-1", "2-1", "3-*", "4-1", "5-5", "6-*", "7", "0-0", "x"]),
        "<from>" => chance.one(&["-", "1-1", "2", "(2-1", "0", "x", "+"]),
        "<to>" => chance.one(&["+", "3", "4-1", "(5-5", "9", "x", "-"]),
        "<group>" => chance.one(&["g1", "g2"]),
        "<consumer>" => chance.one(&["c1", "c2", "c3"]),
        "<aggregate>" => chance.one(&["SUM", "MIN", "MAX"]),
        other => return other.to_owned(),
    }
    .to_owned()
}

const STRINGS: &[&str] = &[
    "SET <key> <value>",
    "SET <key> <value> NX? XX? GET?",
    "SET <key> <value> EX_<ttl>? PX_<ttl>? KEEPTTL?",
    "SET <key> <value> EXAT_<at>? GET?",
    "SET <key> <value> PXAT_<atms>?",
    "SET <key> <int>",
    "GET <key>",
    "GETSET <key> <value>",
    "GETDEL <key>",
    "GETEX <key> EX_<ttl>? PERSIST?",
    "GETEX <key> PXAT_<atms>?",
    "SETNX <key> <value>",
    "SETEX <key> <ttl> <value>",
    "PSETEX <key> <ttl> <value>",
    "MGET <key> <key> <key>",
    "MSET <key> <value> <key> <value>",
    "MSET <key> <value> <key>",
    "MSETNX <key> <value> <key> <value>",
    "APPEND <key> <value>",
    "STRLEN <key>",
    "INCR <key>",
    "DECR <key>",
    "INCRBY <key> <int>",
    "DECRBY <key> <int>",
    "INCRBYFLOAT number <fraction>",
    "INCRBYFLOAT <key> nan",
    "DEL number",
    "SETRANGE <key> <small> <value>",
    "GETRANGE <key> <int> <int>",
    "GETRANGE <key> <small> <small>",
    "SUBSTR <key> <small> <small>",
    "LCS <key> <key> LEN? IDX? MINMATCHLEN_<small>? WITHMATCHLEN?",
    "LPUSH <key> x",
    "DEL <key>",
];

const DISTURBING: &[&str] = &[
    "SET <key> <value>",
    "DEL <key>",
    "LPUSH <key> <value>",
    "SADD <key> <member>",
    "HSET <key> <field> <value>",
    "ZADD <key> <score> <member>",
    "XADD <key> <newid> <field> <value>",
    "RENAME <key> <key>",
    "COPY <key> <key> REPLACE?",
    "TYPE <key>",
];

const GENERIC: &[&str] = &[
    "SET <key> <value>",
    "SADD <key> <member> <member>",
    "ZADD <key> <score> <member>",
    "LPUSH <key> <value> <value>",
    "HSET <key> <field> <value>",
    "DEL <key> <key>",
    "UNLINK <key>",
    "EXISTS <key> <key> <key>",
    "TOUCH <key> <key>",
    "TYPE <key>",
    "EXPIRE <key> <ttl> NX? XX?",
    "EXPIRE <key> <ttl> GT? LT?",
    "EXPIRE <key> <ttl> FOO?",
    "EXPIREAT <key> <at> NX? XX? GT? LT?",
    "PEXPIRE <key> <ttl>",
    "PEXPIREAT <key> <atms> GT?",
    "EXPIRETIME <key>",
    "PEXPIRETIME <key>",
    "TTL <key>",
    "PERSIST <key>",
    "RENAME <key> <key>",
    "RENAMENX <key> <key>",
    "COPY <key> <key> REPLACE? DB_0?",
    "COPY <key> <key> DB_<int>?",
    "MOVE <key> 0",
    "KEYS <pattern>",
    "SCAN 0 MATCH_<pattern>? COUNT 100 TYPE_hash?",
    "SCAN 0 COUNT 0",
    "SCAN 0 COUNT 100 FOO",
    "SCAN x",
    "DBSIZE",
    "WAIT 0 10",
    "WAIT 0 -1",
];

const HASHES: &[&str] = &[
    "HSET <key> <field> <value>",
    "HSET <key> <field> <value> <field> <value>",
    "HSET <key> <field> <value> <field>",
    "HSET <key> <field> <int>",
    "HMSET <key> <field> <value> <field> <value>",
    "HSETNX <key> <field> <value>",
    "HGET <key> <field>",
    "HMGET <key> <field> <field> <field>",
    "HGETALL <key>",
    "HKEYS <key>",
    "HVALS <key>",
    "HLEN <key>",
    "HEXISTS <key> <field>",
    "HSTRLEN <key> <field>",
    "HDEL <key> <field> <field>",
    "HINCRBY <key> <field> <int>",
    "HINCRBYFLOAT <key> number <fraction>",
    "HINCRBYFLOAT <key> <field> inf",
    "HINCRBYFLOAT <key> <field> x",
    "HRANDFIELD nokey <count>? WITHVALUES?",
    "HRANDFIELD <key> 0 WITHVALUES?",
    "HRANDFIELD <key> x",
    "HSCAN <key> 0 MATCH_<pattern>? COUNT 100",
];

const LISTS: &[&str] = &[
    "LPUSH <key> <value> <value>",
    "RPUSH <key> <member> <member> <member>",
    "LPUSHX <key> <value>",
    "RPUSHX <key> <value>",
    "LPOP <key> <count>?",
    "RPOP <key> <count>?",
    "LPOP <key> 1 2",
    "LLEN <key>",
    "LRANGE <key> <small> <small>",
    "LRANGE <key> <int> <int>",
    "LINDEX <key> <small>",
    "LSET <key> <small> <value>",
    "LINSERT <key> <side> <member> <value>",
    "LREM <key> <small> <member>",
    "LTRIM <key> <small> <small>",
    "LPOS <key> <member> RANK_<small>? COUNT_<count>? MAXLEN_<count>?",
    "RPOPLPUSH <key> <key>",
    "LMOVE <key> <key> <end> <end>",
    "LMPOP 2 <key> <key> <end> COUNT_<count>?",
    "LMPOP <count> <key> LEFT",
    "BLPOP <key> <key> 0.01",
    "BRPOP <key> 0.01",
    "BLPOP <key> -1",
    "BLPOP <key> x",
    "BLMOVE <key> <key> <end> <end> 0.01",
    "BRPOPLPUSH <key> <key> 0.01",
    "BLMPOP 0.01 1 <key> <end> COUNT_<count>?",
];

const SETS: &[&str] = &[
    "SADD <key> <member> <member>",
    "SADD <key> <int> <int>",
    "SREM <key> <member> <member>",
    "SCARD <key>",
    "SISMEMBER <key> <member>",
    "SMISMEMBER <key> <member> <member>",
    "SMEMBERS <key>",
    "SMOVE <key> <key> <member>",
    "SINTER <key> <key>",
    "SUNION <key> <key>",
    "SDIFF <key> <key>",
    "SINTERSTORE <key> <key> <key>",
    "SUNIONSTORE <key> <key> <key>",
    "SDIFFSTORE <key> <key> <key>",
    "SINTERCARD 2 <key> <key> LIMIT_<count>?",
    "SINTERCARD <count> <key>",
    "SSCAN <key> 0 MATCH_<pattern>? COUNT 100",
    "SPOP nokey <count>?",
    "SPOP <key> x",
    "SPOP <key> 0",
    "SPOP <key> -1",
    "SRANDMEMBER nokey <count>?",
    "SRANDMEMBER <key> 0",
    "SRANDMEMBER <key> x",
];

const SORTED_SETS: &[&str] = &[
    "ZADD <key> <score> <member> <score> <member>",
    "ZADD <key> NX? XX? CH? <score> <member>",
    "ZADD <key> GT? LT? CH? INCR? <score> <member>",
    "ZADD <key> NX? GT? <score> <member>",
    "ZADD <key> INCR <score> <member> <score> <member>",
    "ZADD lex 0 a 0 b 0 c 0 d 0 e",
    "ZADD lex 0 <member>",
    "ZREM <key> <member> <member>",
    "ZCARD <key>",
    "ZSCORE <key> <member>",
    "ZMSCORE <key> <member> <member>",
    "ZINCRBY <key> <score> <member>",
    "ZINCRBY <key> <by> <member>",
    "ZRANK <key> <member>",
    "ZREVRANK <key> <member>",
    "ZCOUNT <key> <bound> <bound>",
    "ZLEXCOUNT lex <lex> <lex>",
    "ZRANGE <key> <small> <small> REV? WITHSCORES?",
    "ZRANGE <key> <bound> <bound> BYSCORE REV? LIMIT_<small>_<small>? WITHSCORES?",
    "ZRANGE lex <lex> <lex> BYLEX REV? LIMIT_<small>_<small>? WITHSCORES?",
    "ZRANGE <key> 0 -1 LIMIT_0_1? REV?",
    "ZRANGEBYSCORE <key> <bound> <bound> WITHSCORES? LIMIT_<small>_<small>?",
    "ZREVRANGEBYSCORE <key> <bound> <bound> WITHSCORES? LIMIT_<small>_<small>?",
    "ZRANGEBYLEX lex <lex> <lex> LIMIT_<small>_<small>?",
    "ZREVRANGEBYLEX lex <lex> <lex> LIMIT_<small>_<small>?",
    "ZREVRANGE <key> <small> <small> WITHSCORES?",
    "ZRANGESTORE <key> <key> <small> <small> REV?",
    "ZRANGESTORE <key> <key> <bound> <bound> BYSCORE LIMIT_<small>_<small>?",
    "ZREMRANGEBYRANK <key> <small> <small>",
    "ZREMRANGEBYSCORE <key> <bound> <bound>",
    "ZREMRANGEBYLEX lex <lex> <lex>",
    "ZPOPMIN <key> <count>?",
    "ZPOPMAX <key> <count>?",
    "ZMPOP 2 <key> <key> <minmax> COUNT_<count>?",
    "BZPOPMIN <key> <key> 0.01",
    "BZPOPMAX <key> 0.01",
    "BZMPOP 0.01 1 <key> <minmax> COUNT_<count>?",
    "ZUNION 2 <key> <key> WEIGHTS_<by>_<by>? AGGREGATE_<aggregate>? WITHSCORES?",
    "ZINTER 2 <key> <key> WEIGHTS_<by>_<by>? AGGREGATE_<aggregate>? WITHSCORES?",
    "ZDIFF 2 <key> <key> WITHSCORES?",
    "ZUNIONSTORE <key> 2 <key> <key> WEIGHTS_<by>_<float>? AGGREGATE_<aggregate>?",
    "ZINTERSTORE <key> 2 <key> <key> AGGREGATE_<aggregate>?",
    "ZDIFFSTORE <key> 2 <key> <key>",
    "ZUNION <count> <key>",
    "ZINTERCARD 2 <key> <key> LIMIT_<count>?",
    "ZSCAN <key> 0 MATCH_<pattern>? COUNT 100",
    "ZRANDMEMBER nokey <count>? WITHSCORES?",
    "ZRANDMEMBER <key> 0 WITHSCORES?",
];

const STREAMS: &[&str] = &[
    "XADD <key> <newid> <field> <value>",
    "XADD <key> <newid> <field> <value> <field> <value>",
    "XADD <key> NOMKSTREAM? MAXLEN_<count>? <newid> <field> <value>",
    "XADD <key> MINID_<id>? 9-* <field> <value>",
    "XADD <key> MAXLEN_~_<count>? LIMIT_5? <newid> <field> <value>",
    "XADD <key> <newid> <field> <value> <field>",
    "XLEN <key>",
    "XRANGE <key> <from> <to> COUNT_2?",
    "XREVRANGE <key> <to> <from> COUNT_1?",
    "XDEL <key> <id> <id>",
    "XTRIM <key> MAXLEN =? <count>",
    "XTRIM <key> MINID <id>",
    "XTRIM <key> MAXLEN ~ <count> LIMIT_<count>?",
    "XREAD COUNT_2? STREAMS <one> <other> <id> <id>",
    "XREAD BLOCK 5 STREAMS <key> $",
    "XREAD BLOCK 5 STREAMS <key> <id>",
    "XREAD STREAMS <key> <key> <id>",
    "XREAD STREAMS <key> >",
    "XGROUP CREATE <key> <group> <id> MKSTREAM?",
    "XGROUP CREATE <key> <group> $ MKSTREAM? ENTRIESREAD_<count>?",
    "XGROUP SETID <key> <group> <id> ENTRIESREAD_<count>?",
    "XGROUP DESTROY <key> <group>",
    "XGROUP CREATECONSUMER <key> <group> <consumer>",
    "XGROUP DELCONSUMER <key> <group> <consumer>",
    "XGROUP NOPE <key>",
    "XREADGROUP GROUP <group> <consumer> COUNT_2? NOACK? STREAMS <key> >",
    "XREADGROUP GROUP <group> <consumer> COUNT_2? STREAMS <key> <id>",
    "XREADGROUP GROUP <group> <consumer> BLOCK 5 STREAMS <key> >",
    "XREADGROUP GROUP <group> <consumer> STREAMS <key> $",
    "XREADGROUP COUNT 1 BLOCK 1 NOACK STREAMS <key> >",
    "XACK <key> <group> <id> <id>",
    "XPENDING <key> <group>",
    "XCLAIM <key> <group> <consumer> 0 <id> <id> JUSTID? FORCE? RETRYCOUNT_<count>?",
    "XCLAIM <key> <group> <consumer> <int> <id> NOPE?",
    "XAUTOCLAIM <key> <group> <consumer> 0 <id> COUNT_<count>? JUSTID?",
    "XSETID <key> <id> ENTRIESADDED_<count>? MAXDELETEDID_<id>?",
    "XINFO GROUPS <key>",
];

const CONNECTION: &[&str] = &[
    "PING",
    "PING <value>",
    "PING <value> <value>",
    "ECHO <value>",
    "SELECT 0",
    "SELECT <int>",
    "CLIENT GETNAME",
    "CLIENT SETNAME <member>",
    "CLIENT SETNAME <value>",
    "CLIENT NOPE",
    "CLIENT UNBLOCK 100000 FOO?",
    "CLIENT KILL ID 100000",
    "CLIENT KILL 1.2.3.4:5",
    "CLIENT KILL ID x",
    "CLIENT NO-EVICT ON",
    "CLIENT LIST TYPE nope",
    "CLIENT LIST TYPE master",
    "CLIENT GETREDIR",
    "CLIENT",
    "AUTH <value>",
    "AUTH default <value>",
    "AUTH nobody <value>",
    "AUTH a b c",
    "HELLO 4",
    "HELLO x",
    "HELLO 2 FOO",
    "NOPE",
    "NOPE <value> <value> <value>",
    "GET",
    "SWAPDB 0 0",
    "SWAPDB 0 <int>",
    "COMMAND COUNT x",
    "COMMAND GETKEYS SET a b",
    "COMMAND GETKEYS MSET a b c d",
    "COMMAND GETKEYS PING x",
    "COMMAND GETKEYS NOPE x",
    "CONFIG GET nope",
    "CONFIG NOPE",
    "PUBLISH c x",
    "PUBSUB CHANNELS",
    "PUBSUB NUMSUB a b",
    "PUBSUB NUMPAT",
    "DBSIZE",
    "FLUSHDB ASYNC?",
    "FLUSHALL FOO?",
    "UNSUBSCRIBE",
    "PUNSUBSCRIBE x",
];

const TRANSACTIONS: &[&str] = &[
    "MULTI",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH <key> <key>",
    "UNWATCH",
    "PING",
    "NOPE",
    "GET",
    "SELECT 0",
];
