use super::{Contacts, Found, NotFound};
use crate::node::contact::Introduced;

fn contacts(clusters: &[(&str, &str, &str)]) -> Vec<crate::node::contact::Contact> {
    let folder = tempfile::tempdir().unwrap();
    let contacts = Contacts::at(folder.path());
    for (cluster, node, url) in clusters {
        let introduced = Introduced { cluster, token: "secret", authority: "PEM" };
        contacts.add(&introduced, node, url).unwrap();
    }
    contacts.all()
}

#[test]
fn the_only_cluster_of_this_user_is_meant() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    // A node that was killed is still in the file.
    let killed = "https://127.0.0.1:1";
    let found = Found::choose(None, None, contacts(&[("a", "x", killed), ("a", "y", &url)]));
    let found = found.unwrap();
    assert_eq!((&*found.url, &*found.token), (&*url, "secret"));
    assert_eq!(found.authority.as_deref(), Some("PEM"));
}

#[test]
fn several_clusters_or_none_need_a_word() {
    let several = Found::choose(None, None, contacts(&[("a", "x", "u"), ("b", "x", "v")]));
    assert!(matches!(several, Err(NotFound::Several { names }) if names == ["a", "b"]));
    assert!(matches!(Found::choose(None, None, Vec::new()), Err(NotFound::Nowhere)));
}

#[test]
fn a_url_is_looked_up_and_a_token_may_be_given() {
    let known = || contacts(&[("a", "x", "https://h:1")]);
    let found = Found::choose(Some("h:1/".into()), None, known()).unwrap();
    assert_eq!((&*found.url, &*found.token), ("https://h:1", "secret"));
    let unknown = Some("https://h:2".to_owned());
    let refused = Found::choose(unknown.clone(), None, known());
    assert!(matches!(refused, Err(NotFound::Token { url }) if url == "https://h:2"));
    let found = Found::choose(unknown, Some("t".into()), known()).unwrap();
    assert_eq!((&*found.token, found.authority), ("t", None));
}

#[test]
fn a_node_that_ended_is_forgotten_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let contacts = Contacts::at(folder.path());
    let introduced = Introduced { cluster: "a", token: "secret", authority: "PEM" };
    contacts.add(&introduced, "x", "u").unwrap();
    contacts.add(&introduced, "y", "v").unwrap();
    let mode = std::fs::metadata(folder.path().join("a.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    contacts.remove("a", "x").unwrap();
    assert_eq!(contacts.all()[0].nodes.keys().collect::<Vec<_>>(), ["y"]);
    contacts.remove("a", "y").unwrap();
    assert!(contacts.all().is_empty());
}
