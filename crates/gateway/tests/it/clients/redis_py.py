"""What programs do with redis-py, against the door on a port of this machine."""

import sys
import threading

import redis

port, secret, protocol = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def connect():
    return redis.Redis(port=port, password=secret, protocol=protocol, decode_responses=True)


r = connect()
assert r.ping()
assert r.set("a", 1) is True
assert r.set("a", 2, nx=True) is None
assert r.get("a") == "1"
assert r.incr("a", 41) == 42
assert r.set("t", "x", ex=100) and 0 < r.ttl("t") <= 100
assert r.mset({"m1": "1", "m2": "2"}) and r.mget("m1", "m2", "m3") == ["1", "2", None]

assert r.hset("h", mapping={"f": "v", "g": "w"}) == 2
assert r.hgetall("h") == {"f": "v", "g": "w"}
assert r.rpush("l", "x", "y", "z") == 3 and r.lrange("l", 0, -1) == ["x", "y", "z"]
assert r.sadd("s", "x", "y") == 2 and r.smembers("s") == {"x", "y"}
assert r.zadd("z", {"a": 1, "b": 2.5}) == 2
# Protocol 3 gives pairs as lists, protocol 2 as tuples.
assert [tuple(pair) for pair in r.zrange("z", 0, -1, withscores=True)] == [("a", 1.0), ("b", 2.5)]
assert r.zscore("z", "b") == 2.5
assert sorted(r.scan_iter(match="m*")) == ["m1", "m2"]

pipe = r.pipeline(transaction=False)
for number in range(500):
    pipe.set(f"p{number}", number)
assert pipe.execute() == [True] * 500
with r.pipeline() as pipe:
    pipe.incr("c").incr("c").get("c")
    assert pipe.execute() == [1, 2, "2"]


def add_one(pipe):
    old = int(pipe.get("shared") or 0)
    pipe.multi()
    pipe.set("shared", old + 1)


def work():
    mine = connect()
    for _ in range(20):
        mine.transaction(add_one, "shared")


workers = [threading.Thread(target=work) for _ in range(4)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
assert r.get("shared") == "80", r.get("shared")

popped = []
waiter = threading.Thread(target=lambda: popped.append(connect().blpop("jobs", timeout=20)))
waiter.start()
assert r.rpush("jobs", "one") == 1
waiter.join()
assert [tuple(one) for one in popped] == [("jobs", "one")], popped

ear = connect().pubsub(ignore_subscribe_messages=True)
ear.subscribe("news")
assert ear.get_message(timeout=20) is None
assert r.publish("news", "hello") == 1
heard = None
while heard is None:
    heard = ear.get_message(timeout=20)
assert (heard["channel"], heard["data"]) == ("news", "hello"), heard

first = r.xadd("log", {"k": "v"})
assert r.xgroup_create("log", "g", id="0")
(delivered,) = (
    r.xreadgroup("g", "me", {"log": ">"}).items()
    if protocol == 3
    else r.xreadgroup("g", "me", {"log": ">"})
)
assert delivered[0] == "log", delivered
assert r.xack("log", "g", first) == 1
assert r.xinfo_stream("log")["length"] == 1

try:
    r.lpush("a", "x")
    raise AssertionError("a string is no list")
except redis.ResponseError as error:
    assert str(error).startswith("WRONGTYPE"), error
assert r.info("server")["redis_version"] == "7.0.15"
assert r.config_get("maxmemory")["maxmemory"] == "0"
assert r.flushdb() and r.dbsize() == 0
print("done")
