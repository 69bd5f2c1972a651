//! Builds again when the embedded Python files change, also when one is added.

fn main() {
    println!("cargo:rerun-if-changed=python");
}
