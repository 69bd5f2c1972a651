use proptest::prelude::{any, proptest};

use super::Address;

fn read(text: &str) -> String {
    text.parse::<Address>().map_or_else(|error| error.to_string(), |address| address.to_string())
}

#[test]
fn hosts_of_all_kinds_are_read() {
    for (text, shown) in [
        ("10.0.0.1:5701", "10.0.0.1:5701"),
        ("10.0.0.1", "10.0.0.1:5701"),
        (" Box.lan:1 ", "box.lan:1"),
        ("[::1]:5702", "[::1]:5702"),
        ("::1", "[::1]:5701"),
        ("[fe80::1%eth0]:7", "[fe80::1%eth0]:7"),
        ("[fd00:0:0::2]", "[fd00::2]:5701"),
    ] {
        assert_eq!(read(text), shown);
    }
}

#[test]
fn what_is_no_address_says_why() {
    for (text, reason) in [
        ("", "it names no host"),
        ("a:99999", "the port is not in 0 to 65535"),
        ("[::1", "a bracket is not closed"),
        ("a b:1", "a host has letters, digits, `.`, `-` and `_`"),
        ("../etc:1", "a host has letters, digits, `.`, `-` and `_`"),
        ("1:2:3", "the host is not an IPv6 address"),
    ] {
        assert_eq!(read(text), format!("`{text}` is not an address: {reason}"));
    }
}

#[test]
fn loopback_is_told_from_the_network() {
    for (text, is_loopback) in
        [("127.0.0.1", true), ("[::1]:1", true), ("localhost", true), ("10.0.0.1", false)]
    {
        assert_eq!(text.parse::<Address>().unwrap().is_loopback(), is_loopback, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered_and_what_is_shown_is_read_again(text in any::<String>()) {
        if let Ok(address) = text.parse::<Address>() {
            assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn any_socket_address_is_read_again(address in any::<std::net::SocketAddr>()) {
        let address = Address::from(address);
        assert_eq!(address.to_string().parse(), Ok(address));
    }
}
