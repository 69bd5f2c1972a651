//! All places to look, by one suite; and what each has of its own.

use std::path::Path;

use net::address::Address;
use net::discovery::{Claim, Discovery, Fixed, Local, Me, MembersFile, Method, Registry, Several};
use net::testing::discovery as suite;

use crate::support::Node;

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn registry(folder: &Path) -> impl Fn(Me) -> Box<dyn Discovery> {
    let folder = folder.to_owned();
    move |me| Box::new(Registry::new(me, folder.join("not/yet/there")))
}

fn local(folder: &Path) -> impl Fn(Me) -> Box<dyn Discovery> {
    let folder = folder.to_owned();
    move |me| Box::new(Local::new(me, &folder.join("thorp")))
}

#[tokio::test]
async fn a_registry_directory_conforms() {
    let folder = tempfile::tempdir().unwrap();
    suite::nodes_see_each_other(&registry(folder.path())).await;
    suite::one_node_founds(&registry(folder.path())).await;
}

#[tokio::test]
async fn the_run_time_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    suite::nodes_see_each_other(&local(folder.path())).await;
    suite::one_node_founds(&local(folder.path())).await;
    suite::clusters_do_not_mix(&local(folder.path())).await;
}

#[tokio::test]
async fn static_members_conform() {
    let members = || addresses(&["10.0.0.1:1", "[::1]:2", "10.9.8.7:1"]);
    let listed = addresses(&["10.0.0.1:1", "[::1]:2"]);
    let open = |me: Me| -> Box<dyn Discovery> { Box::new(Fixed::to_join(me, members())) };
    suite::a_list_stays_as_it_is(&open, &listed).await;
    let open = |me: Me| -> Box<dyn Discovery> { Box::new(Fixed::all(me, members(), None)) };
    suite::a_list_stays_as_it_is(&open, &listed).await;
}

#[tokio::test]
async fn a_members_file_conforms_and_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not/yet/members");
    let open =
        |me: Me| -> Box<dyn Discovery> { Box::new(MembersFile::new(me, path.clone(), None)) };
    suite::a_list_stays_as_it_is(&open, &[]).await;
    assert!(path.is_file(), "an absent file is made");
    let place = open(suite::me(1));
    std::fs::write(&path, "10.0.0.1 # one\n10.9.8.7:1\n").unwrap();
    assert_eq!(place.look().await.unwrap(), addresses(&["10.0.0.1:5701"]));
    suite::a_list_stays_as_it_is(&open, &addresses(&["10.0.0.1:5701"])).await;
    std::fs::write(&path, "10.0.0.2\n").unwrap();
    assert_eq!(place.look().await.unwrap(), addresses(&["10.0.0.2:5701"]));
}

#[tokio::test]
async fn members_to_join_never_found_and_the_required_one_founds_alone() {
    let members = || addresses(&["10.0.0.1", "10.0.0.2"]);
    let me = suite::me(1);
    assert_eq!(Fixed::to_join(me.clone(), members()).claim().await.unwrap(), Claim::Never);
    assert_eq!(Fixed::all(me.clone(), members(), None).claim().await.unwrap(), Claim::Founder);
    let other = Some("10.0.0.2".parse().unwrap());
    let place = Fixed::all(me.clone(), members(), other);
    assert_eq!(place.claim().await.unwrap(), Claim::Wait);
    assert_eq!(place.look().await.unwrap(), addresses(&["10.0.0.2", "10.0.0.1"]));
    let required = Some(me.address.clone());
    assert_eq!(Fixed::all(me, members(), required).claim().await.unwrap(), Claim::Founder);
}

#[tokio::test]
async fn several_places_are_looked_at_in_order_and_one_that_fails_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "no folder").unwrap();
    let me = suite::me(1);
    let open = |members: &[&str], last: Box<dyn Discovery>| {
        let first = Fixed::all(me.clone(), addresses(members), None);
        let second = Fixed::all(me.clone(), addresses(&["10.0.0.2", "10.0.0.1"]), None);
        Several::new(vec![Box::new(first), Box::new(second), last])
    };
    let broken = || Box::new(Registry::new(me.clone(), blocked.join("below")));
    let place = open(&["10.0.0.3", "10.0.0.1"], broken());
    assert_eq!(place.look().await.unwrap(), addresses(&["10.0.0.3", "10.0.0.1", "10.0.0.2"]));
    assert!(place.claim().await.is_err(), "a place that fails may have a founder");
    assert!(Several::new(vec![broken()]).look().await.is_err());

    let registry = registry(folder.path());
    let place = open(&[], registry(me.clone()));
    assert_eq!(place.claim().await.unwrap(), Claim::Founder);
    assert_eq!(registry(suite::me(2)).claim().await.unwrap(), Claim::Wait);
    assert!(place.beat().is_some());
    place.announce().await.unwrap();
    assert_eq!(registry(suite::me(2)).look().await.unwrap(), std::slice::from_ref(&me.address));
    place.withdraw().await.unwrap();
    assert_eq!(registry(suite::me(2)).look().await.unwrap(), []);
}

#[tokio::test]
async fn a_run_time_folder_of_another_user_is_not_used() {
    if !rustix::process::getuid().is_root() {
        eprintln!("SKIPPED: only root can give a folder to another user");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thorp");
    std::fs::create_dir_all(path.join("dev")).unwrap();
    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    assert!(Local::new(suite::me(1), &path).look().await.is_err());
}

#[tokio::test]
async fn each_way_to_join_opens_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Node::fresh().peer();
    let path = folder.path().display();
    for (text, name) in [
        (format!("dir:{path}/d"), format!("dir:{path}/d")),
        (format!("file:{path}/f"), format!("file:{path}/f")),
        ("10.0.0.1,[::1]:2".into(), "10.0.0.1:5701,[::1]:2".into()),
    ] {
        let place = text.parse::<Method>().unwrap().open(suite::me(1), peer).unwrap();
        assert_eq!(place.name(), name);
        place.look().await.unwrap();
    }
}
