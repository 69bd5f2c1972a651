use super::{Package, REGISTRY, check, is_allowed};

const POLICY: &str = r#"
[licenses]
allow = ["MIT", "Apache-2.0"]
[bans]
deny = [{ crate = "openssl", reason = "rustls does it" }]
"#;

fn complaints(name: &str, licence: Option<&str>, source: &str) -> Vec<String> {
    let package = Package {
        name: name.to_owned(),
        licence: licence.map(str::to_owned),
        source: source.to_owned(),
    };
    let complaints = check(&[package], POLICY).unwrap();
    complaints.iter().map(ToString::to_string).collect()
}

#[test]
fn expression_is_met_by_allowed_licences_alone() {
    let allowed = ["MIT", "Apache-2.0"].into();
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "MIT AND Apache-2.0",
        "(GPL-3.0 OR MIT) AND Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-3.0 AND BSL-1.0 OR MIT",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y", "", "(MIT", "MIT MIT"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn package_under_another_licence_or_none_is_named() {
    assert!(complaints("a", Some("MIT"), REGISTRY).is_empty());
    assert_eq!(
        complaints("a", Some("GPL-3.0"), REGISTRY),
        ["a: has the licence `GPL-3.0`, which `deny.toml` does not allow"]
    );
    assert_eq!(complaints("a", None, REGISTRY), ["a: names no licence"]);
}

#[test]
fn package_from_elsewhere_is_named() {
    assert_eq!(
        complaints("a", Some("MIT"), "git+https://example.org/a"),
        ["a: comes from `git+https://example.org/a`, not from the registry"]
    );
}

#[test]
fn banned_package_is_named() {
    assert_eq!(complaints("openssl", Some("MIT"), REGISTRY), ["openssl: is banned in `deny.toml`"]);
}
