//! The guard, as `cargo xtask` starts it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::killpg;
use nix::unistd::Pid;

#[test]
fn when_its_pipe_closes_the_guard_ends_every_process_that_is_left() {
    // A shell that ignores TERM, with a child of its own.
    let mut left = Command::new("sh")
        .args(["-c", "trap '' TERM; sleep 600 & echo up; wait"])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let group = Pid::from_raw(left.id().try_into().unwrap());
    let mut up = String::new();
    BufReader::new(left.stdout.take().unwrap()).read_line(&mut up).unwrap();

    let mut guard = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("guard")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = guard.stdin.take().unwrap();
    writeln!(pipe, "+{group}").unwrap();
    assert!(killpg(group, None).is_ok());

    drop(pipe);
    assert!(guard.wait().unwrap().success());
    assert!(!left.wait().unwrap().success());
    while killpg(group, None).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
}
