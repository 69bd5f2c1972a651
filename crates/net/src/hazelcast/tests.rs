use std::path::{Path, PathBuf};

use model::fault::Fault;
use proptest::prelude::{any, proptest};

use super::{Hazelcast, HazelcastError, Join, Members, Places, Source, Wanted, parse};
use crate::cluster::ClusterName;
use crate::discovery::Me;
use crate::identity::PeerId;

fn join(text: &str) -> Join {
    match parse(text).unwrap() {
        Wanted::Here(found) => found.join,
        Wanted::Aws => panic!("AWS"),
    }
}

fn tcp(members: Members) -> Join {
    Join::Tcp { members, required: None, registers: true }
}

#[test]
fn every_key_is_read() {
    assert_eq!(
        parse(r#"{:id "prod" :join :multicast :multicast-port 54327}"#),
        Ok(Wanted::Here(Hazelcast {
            cluster: "prod".parse().unwrap(),
            join: Join::Multicast { port: Some(54_327) }
        }))
    );
    assert_eq!(
        join(r#"{:join :tcp :members ["10.0.0.1" "10.0.0.2:7"] :required "10.0.0.1"}"#),
        Join::Tcp {
            members: Members::List(vec![
                "10.0.0.1:5701".parse().unwrap(),
                "10.0.0.2:7".parse().unwrap()
            ]),
            required: Some("10.0.0.1:5701".parse().unwrap()),
            registers: true,
        }
    );
    assert_eq!(
        join(r#"{:join :tcp :members {:file/path "/srv/members"} :register-on-join false}"#),
        Join::Tcp {
            members: Members::Path("/srv/members".into()),
            required: None,
            registers: false
        }
    );
    assert_eq!(parse("{:join :aws}"), Ok(Wanted::Aws));
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    assert_eq!(parse("{}"), Ok(Wanted::Here(Hazelcast::by_default())));
    assert_eq!(parse("{:id nil, :more 1}"), Ok(Wanted::Here(Hazelcast::by_default())));
    assert_eq!(join("{:join :tcp :members []}"), tcp(Members::List(vec![])));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, reason) in [
        ("[]", "it holds no map"),
        ("{:id 1}", "`:id` is not a text"),
        ("{:id \"a b\"}", "in `:id`: `a b` is not the name of a cluster"),
        ("{:join :udp}", "`:join` is `:udp`, not :multicast, :tcp or :aws"),
        ("{:join \"tcp\"}", "`:join` is not :multicast, :tcp or :aws"),
        ("{:join :tcp}", "`:members` is neither a vector of addresses nor {:file/path PATH}"),
        ("{:join :tcp :members [1]}", "`:members` is not an address in quotes"),
        ("{:join :tcp :members {:path \"x\"}}", "`:members` is a map without a `:file/path` alone"),
        (
            "{:join :tcp :members [\"a b\"]}",
            "in `:members`: `a b` is not an address: a host has letters, digits, `.`, `-` and `_`",
        ),
        (
            "{:join :tcp :members [] :register-on-join 1}",
            "`:register-on-join` is neither true nor false",
        ),
        ("{:multicast-port 70000}", "`:multicast-port` is not in 1 to 65535"),
    ] {
        assert_eq!(parse(text), Err(reason.into()), "{text}");
    }
}

/// A folder with configurations for the clusters of its names.
struct Folder(tempfile::TempDir);

impl Folder {
    fn write(&self, path: &str) -> PathBuf {
        let full = self.0.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        let name = path.split('/').next().unwrap();
        std::fs::write(&full, format!("{{:id \"{name}\"}}")).unwrap();
        full
    }

    fn find(&self, explicit: Option<&Path>, variable: Option<&str>) -> (String, Source) {
        let (current, home) = (self.0.path().join("current"), self.0.path().join("home"));
        let places = Places { explicit, variable, current: Some(&current), home: Some(&home) };
        let (found, source) = Hazelcast::find(&places).unwrap();
        (found.cluster.to_string(), source)
    }
}

#[test]
fn the_first_configuration_in_the_documented_order_counts() {
    let folder = Folder(tempfile::tempdir().unwrap());
    assert_eq!(folder.find(None, None), ("dev".into(), Source::Default));
    let home = folder.write("home/.hazelcast/hazelcast.edn");
    assert_eq!(folder.find(None, Some("")), ("home".into(), Source::File(home)));
    let current = folder.write("current/hazelcast.edn");
    assert_eq!(folder.find(None, None), ("current".into(), Source::File(current)));
    assert_eq!(folder.find(None, Some("x")), ("dev".into(), Source::Environment));
    let named = folder.write("named/some.edn");
    let found = folder.find(Some(&named), Some("AWS"));
    assert_eq!(found, ("named".into(), Source::File(named)));
}

#[test]
fn aws_and_a_missing_file_say_what_to_do() {
    let aws = Hazelcast::find(&Places { variable: Some("AWS"), ..Places::default() }).unwrap_err();
    assert!(aws.to_string().contains("comes with the provider feature"), "{aws}");
    let missing = Places { explicit: Some(Path::new("/no/such.edn")), ..Places::default() };
    let missing = Hazelcast::find(&missing).unwrap_err();
    assert!(matches!(missing, HazelcastError::File { .. }));
    assert_eq!((aws.code(), missing.code()), ("HAZELCAST_AWS", "HAZELCAST_UNREADABLE"));
}

#[tokio::test]
async fn each_configuration_opens_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let me = Me {
        cluster: ClusterName::default(),
        address: "10.0.0.9:1".parse().unwrap(),
        host: "box".into(),
    };
    for (members, name) in [
        ("[\"10.0.0.1\"]".into(), "10.0.0.1:5701".into()),
        (format!("{{:file/path \"{path}/f\"}}"), format!("file:{path}/f")),
        (format!("{{:file/path \"{path}/d/\"}}"), format!("dir:{path}/d/")),
        (format!("{{:file/path \"{path}\"}}"), format!("dir:{path}")),
    ] {
        let text = format!("{{:join :tcp :members {members}}}");
        let found = Hazelcast { cluster: ClusterName::default(), join: join(&text) };
        let place = found.open(me.clone(), PeerId::from_bytes(&[0; 32]).unwrap()).unwrap();
        assert_eq!(place.name(), name);
        place.look().await.unwrap();
    }
    assert!(folder.path().join("d").is_dir(), "a folder that did not exist does not become a file");
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        drop(parse(&text));
    }
}
