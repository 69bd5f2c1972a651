use super::*;

#[test]
fn a_sheet_is_called_what_excel_takes_of_the_name() {
    for (name, sheet) in [
        ("cities", "cities"),
        ("a/b\\c?d*e[f]g:h", "a_b_c_d_e_f_g_h"),
        ("'quoted'", "quoted"),
        ("history", "Sheet1"),
        ("''", "Sheet1"),
        ("abcdefghijklmnopqrstuvwxyz01234", "abcdefghijklmnopqrstuvwxyz01234"),
        ("abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz01234"),
    ] {
        assert_eq!(of_resource(name), sheet, "{name}");
    }
    assert_eq!(of_resource(&"\u{1f600}".repeat(20)).encode_utf16().count(), 30);
}
