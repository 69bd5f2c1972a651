//! `thorp run --report`: what the page says of a run.

use crate::project::{Project, stderr};

#[test]
fn the_report_counts_rejected_rows_at_the_step_that_rejects_them() {
    let project = Project::new(
        "
people:
  pipeline:
    - run: load
      parameters: {from: people.csv}
    - run: filter
      parameters: {in: [{kind: guest}]}
    - run: set_types
      parameters: {types: {age: {type: integer}}, on_error: collect}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("people.csv", "kind,age\nguest,7\nhost,8\nguest,old\nguest,9\n");
    let output = project.run(&["run", "--report", "report.html"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let page = project.read("report.html");
    let cells = |step: &str| {
        let row = page.split("<tr>").find(|row| row.contains(step)).unwrap();
        row.split("class=\"n\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect()
    };
    let filter: Vec<&str> = cells("2 filter");
    assert_eq!(filter[..3], ["4", "3", "0"], "a filter leaves out, it does not reject");
    let typed: Vec<&str> = cells("3 set_types");
    assert_eq!(typed[..3], ["3", "3", "1"], "two good rows and one row of errors leave");
}
