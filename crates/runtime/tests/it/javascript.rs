//! Functions in JavaScript: what they may do, and what stops them.

mod chunks;
mod hostile;
mod hosts;
mod kit;
mod loading;
mod sharing;
mod showing;
mod values;
