use std::process::Command;

use super::{FILES, make};

#[test]
fn the_authority_vouches_for_server_and_client() {
    let folder = tempfile::tempdir().unwrap();
    if !make(folder.path()).unwrap() {
        return;
    }
    assert!(FILES.iter().all(|file| folder.path().join(file).is_file()));
    let mut verify = Command::new("openssl");
    verify.current_dir(folder.path()).args(["verify", "-CAfile", "authority.crt"]);
    crate::tools::quiet(verify.args(["server.crt", "client.crt"])).unwrap();
}
