//! Futures that never wait.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The output of a future that is ready at once, as all on a world in memory are.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing waits in the model"),
    }
}
