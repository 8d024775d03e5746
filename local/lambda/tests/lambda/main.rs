//! What callers get, how processes start and end, and what is left afterwards, with
//! a real function on the real runtime client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod builds;
mod faults;
mod function_urls;
mod invocations;
mod load;
mod processes;
mod support;
