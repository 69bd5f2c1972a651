use super::without_password;

#[test]
fn password_of_a_url_is_not_printed() {
    assert_eq!(without_password("postgresql://u:secret@h:1/d"), "postgresql://u:...@h:1/d");
    assert_eq!(without_password("http://127.0.0.1:80"), "http://127.0.0.1:80");
    assert_eq!(without_password("/usr/bin/python3"), "/usr/bin/python3");
}
