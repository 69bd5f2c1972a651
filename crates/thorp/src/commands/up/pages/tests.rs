use std::path::Path;

use super::unwritten;

const MAPS: &str = "\
55d0a000-55d0b000 r--p 00000000 fe:00 11 /usr/bin/thorp
55d0b000-55d0f000 r-xp 00001000 fe:00 11 /usr/bin/thorp
55d0f000-55d10000 r--p 00005000 fe:00 11 /usr/bin/thorp
55d10000-55d11000 rw-p 00006000 fe:00 11 /usr/bin/thorp
7f000000-7f001000 rw-p 00000000 00:00 0
7f001000-7f002000 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6
";

#[test]
fn only_what_nobody_wrote_is_forgotten() {
    let found = unwritten(MAPS, Path::new("/usr/bin/thorp"));
    assert_eq!(found, [0x55d0_a000..0x55d0_b000, 0x55d0_b000..0x55d0_f000]);
    assert!(unwritten(MAPS, Path::new("/usr/bin/other")).is_empty());
}

#[test]
fn a_program_goes_on_after_its_pages_were_forgotten() {
    super::forget();
    only_what_nobody_wrote_is_forgotten();
}
