//! Prints how long one try of a password takes on this machine, with which `docs/accounts.md`
//! reckons: `cargo run --profile measured -p tenjo-passwords --example hashing`.

#![allow(clippy::unwrap_used, reason = "an example")]

use std::time::Instant;

use tenjo_domain::TransferPassword;
use tenjo_passwords::Passwords;

fn main() {
    let passwords = Passwords::new().unwrap();
    let wrong = TransferPassword::new("wrong-password").unwrap();
    // Other work on the machine only adds, so the shortest counts.
    let tries = (0..20).map(|_| {
        let started = Instant::now();
        assert!(!passwords.verify(None, &wrong).unwrap());
        started.elapsed()
    });
    println!("one try takes {} ms of a core", tries.min().unwrap().as_millis());
}
