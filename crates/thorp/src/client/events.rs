//! Server-sent events, as they arrive.
//!
//! Format: <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>

use std::io::{BufRead, BufReader};

use reqwest::blocking::Response;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// The events of an answer.
#[derive(Debug)]
pub(crate) struct Events<R = Response> {
    lines: std::io::Lines<BufReader<R>>,
}

impl<R: std::io::Read> Events<R> {
    pub(crate) fn new(answer: R) -> Self {
        Self { lines: BufReader::new(answer).lines() }
    }
}

impl<R: std::io::Read> Iterator for Events<R> {
    type Item = std::io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut event = Event::default();
        loop {
            let line = match self.lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            if line.is_empty() {
                if event != Event::default() {
                    return Some(Ok(event));
                }
                continue;
            }
            let (field, text) = line.split_once(':').unwrap_or((&line, ""));
            let text = text.strip_prefix(' ').unwrap_or(text);
            match field {
                "event" => text.clone_into(&mut event.name),
                "data" => {
                    if !event.data.is_empty() {
                        event.data.push('\n');
                    }
                    event.data.push_str(text);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
