//! The report as HTML: a table of steps and a table of fields for each run, charts as SVG.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::Json;

use super::Section;
use super::statistics::{FieldStatistics, ResourceStatistics};

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #e3e6ea; vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.ok { color: #176639 } .bad { color: #a11522 } .dim { color: #6a737d }
rect { fill: #3b6ea8 } code { background: #f3f5f7; padding: 0 .3em }
@media (prefers-color-scheme: dark) { body { color: #dde1e6; background: #14171a }
  th, td { border-color: #2b3036 } .ok { color: #66c18c } .bad { color: #f0808a }
  rect { fill: #7fb0e6 } code { background: #23282d } }
";

/// Width and height of a small chart, in pixels.
const CHART: (u64, u64) = (160, 28);

/// The whole page.
pub fn page(title: &str, sections: &[Section<'_>]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                @for section in sections { (run(section)) }
            }
        }
    }
    .into_string()
}

fn run(section: &Section<'_>) -> Markup {
    let done = section.done;
    let seconds = std::time::Duration::from_millis(done.milliseconds).as_secs_f64();
    html! {
        h2 { (done.pipeline) " " @if done.success { span class="ok" { "succeeded" } } @else { span class="bad" { "failed" } } }
        p class="dim" { (done.rows) " rows in " (format!("{seconds:.2}")) " s" }
        @for error in &done.errors { p class="bad" { (error.get("text").and_then(Json::as_str).unwrap_or("unknown error")) } }
        @if !done.steps.is_empty() { (steps(section)) }
        @for warning in &section.warnings { p class="dim" { "⚠ " (warning) } }
        @for resource in &section.resources { (fields(resource)) }
    }
}

fn steps(section: &Section<'_>) -> Markup {
    html! {
        table {
            tr { th { "step" } th class="n" { "rows in" } th class="n" { "rows out" } th class="n" { "rejected" } th class="n" { "own time, ms" } }
            @for step in &section.done.steps {
                tr {
                    td { (step.place.index + 1) " " (step.place.name) }
                    td class="n" { (step.rows_in) }
                    td class="n" { (step.rows_out) }
                    td class="n" { (section.rejected.get(&step.place.index).copied().unwrap_or(0)) }
                    td class="n" { @match step.own_ms { Some(ms) => (ms), None => span class="dim" { "process" } } }
                }
            }
        }
    }
}

fn fields(resource: &ResourceStatistics) -> Markup {
    html! {
        h3 { "Resource " code { (resource.name) } ", " (resource.rows) " rows" }
        table {
            tr { th { "field" } th { "kind" } th class="n" { "nulls" } th class="n" { "distinct" } th { "least" } th { "greatest" } th { "values" } }
            @for field in &resource.fields { (field_row(field)) }
        }
    }
}

fn field_row(field: &FieldStatistics) -> Markup {
    let (least, greatest) = field.extremes().unwrap_or_default();
    html! {
        tr {
            td { (field.name) }
            td class="dim" { (format!("{:?}", field.kind).to_lowercase()) }
            td class="n" { (field.nulls) }
            td class="n" { @if field.more_distinct { "over " } (field.distinct()) }
            td { (shorten(least)) }
            td { (shorten(greatest)) }
            td { (chart(&field.bars())) }
        }
    }
}

fn chart(bars: &[(String, u64)]) -> Markup {
    let (width, height) = CHART;
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let count = u64::try_from(bars.len()).unwrap_or(1).max(1);
    let step = width / count;
    html! {
        @if !bars.is_empty() {
            svg width=(width) height=(height) role="img" {
                @for ((label, count), at) in bars.iter().zip(0..) {
                    @let tall = (count * height).div_ceil(most);
                    rect x=(at * step) y=(height - tall) width=(step.saturating_sub(2).max(1)) height=(tall) {
                        title { (label) ": " (count) }
                    }
                }
            }
        }
    }
}

fn shorten(text: &str) -> String {
    const MAX: usize = 40;
    if text.chars().count() <= MAX {
        return text.to_owned();
    }
    text.chars().take(MAX).chain(['…']).collect()
}
