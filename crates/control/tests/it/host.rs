//! What scripts do with the data structures of the cluster.

use control::tasks::Tasks;
use model::fault::Kind;

use crate::kit::Cluster;

async fn on_one(tasks: &Tasks, script: &str) -> Result<String, (String, String)> {
    let expression = format!("(async () => {{ {script} }})()");
    let mut all = tasks.eval(&expression).await.unwrap();
    let one = all.remove(0);
    one.value.map(|_| one.json.unwrap_or_default()).map_err(|error| (error.code, error.text))
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_use_maps_queues_topics_locks_and_counters() {
    let cluster = Cluster::of(1).await;
    let tasks = cluster.tasks(1);
    for (script, wanted) in [
        ("return await thorp.map('m').get('k')", "null"),
        ("return await thorp.map('m').put('k', { a: [1, null] })", "true"),
        ("return await thorp.map('m').putIfAbsent('k', 2)", "false"),
        ("return await thorp.map('m').merge('k', { a: null, b: 2 })", r#"{"b":2}"#),
        ("return await thorp.map('m').get('k')", r#"{"b":2}"#),
        ("return await thorp.map('m').put('t', 'bare')", "true"),
        ("return await thorp.map('m').getMany(['t', 'none', 'k'])", r#"["bare",null,{"b":2}]"#),
        ("return await thorp.map('m').getText('k')", r#""{\"b\":2}""#),
        ("return await thorp.map('m').add('n', 5)", "5"),
        (
            "return await thorp.map('m').entries({ count: 2 })",
            r#"{"entries":[["k",{"b":2}],["n",5]],"next":"n"}"#,
        ),
        (
            "return await thorp.map('m').entries({ prefix: 't' })",
            r#"{"entries":[["t","bare"]],"next":null}"#,
        ),
        ("return await thorp.map('m').delete('n')", "true"),
        ("return await thorp.map('m').has('n')", "false"),
        ("return await thorp.map('m').size()", "2"),
        ("const q = thorp.queue('q'); await q.push('a'); await q.push([1]); return q.size()", "2"),
        ("return await thorp.queue('q').pop()", r#""a""#),
        (
            "const q = thorp.queue('q'); const item = await q.take({ leaseMs: 9000 }); \
             return [item.value, item.attempts, await q.acknowledge(item), await q.pop()]",
            "[[1],1,true,null]",
        ),
        (
            "const t = thorp.topic('t'); const id = await t.publish({ x: 1 }); \
             await t.publish('two'); const all = await t.read(); \
             return [all[0].id === id, all.map(e => e.value), await t.read({ after: all[1].id })]",
            r#"[true,[{"x":1},"two"],[]]"#,
        ),
        (
            "const c = thorp.counter('c'); return [await c.get(), await c.add(), await c.add(2), \
             await c.compareAndSet(3, 9), await c.set(1)]",
            "[0,1,3,true,9]",
        ),
        (
            "const l = thorp.lock('l'); const grant = await l.acquire({ leaseMs: 60000 }); \
             const other = await l.acquire(); const waits = l.acquire({ waitMs: 5000 }); \
             await l.release(grant); const next = await waits; \
             return [grant.token > 0, other, next.token > grant.token]",
            "[true,null,true]",
        ),
    ] {
        assert_eq!(on_one(&tasks, script).await.unwrap(), wanted, "{script}");
    }
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_sees_why_something_was_refused() {
    let cluster = Cluster::of(1).await;
    let tasks = cluster.tasks(1);
    let caught = |script: &str| format!("try {{ {script} }} catch (e) {{ return e.code }}");
    for (script, code) in [
        ("await thorp.map('m').fly()", "FUNCTION_UNKNOWN"),
        ("await thorp.map({}).get('k')", "FUNCTION_INVALID"),
        ("await thorp.map('m').get()", "FUNCTION_INVALID"),
        ("await thorp.counter('c').add(1.5)", "FUNCTION_INVALID"),
        ("await thorp.counter('c').add(); await thorp.queue('c').push(1)", "KIND_WRONG"),
        ("await thorp.queue('q').push(1, { priority: 256 })", "FUNCTION_INVALID"),
        ("await thorp.topic('t').read({ after: 'x' })", "FUNCTION_INVALID"),
    ] {
        let found = on_one(&tasks, &caught(script)).await.unwrap();
        assert_eq!(found, format!("\"{code}\""), "{script}");
    }
    let (code, text) = on_one(&tasks, "await thorp.lock('l').open()").await.unwrap_err();
    assert_eq!(code, "FUNCTION_THREW");
    assert!(text.contains("`acquire`"), "{text}");
    let long = "x".repeat(control::limits::EXPRESSION_BYTES_MAX + 1);
    let error = tasks.eval(&long).await.unwrap_err();
    assert_eq!(model::fault::Fault::kind(&error), Kind::Limit);
    cluster.end().await;
}
