//! How an answer's body leaves: at once, or as a fault will have it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::HungUp;

/// The shortest time between two pieces of a slow body.
const TICK: Duration = Duration::from_millis(20);

/// A response's body.
pub(super) enum Delivery {
    Whole(Bytes),
    Spoilt(Spoilt),
}

/// A body that comes late, in pieces, or not to its end.
pub(super) struct Spoilt {
    rest: Bytes,
    /// How much of the rest never comes. The head has promised it.
    missing: usize,
    /// Bytes in a piece, and the time between two.
    piece: usize,
    pause: Duration,
    /// When the next piece may leave.
    next: Pin<Box<Sleep>>,
    /// Whether what was sent has had its chance to leave before the connection ends.
    flushed: bool,
}

impl Delivery {
    pub(super) fn whole(body: Bytes) -> Self {
        Self::Whole(body)
    }

    pub(super) fn spoilt(body: Bytes, first_byte: Duration, bytes_per_second: Option<u32>, cut: bool) -> Self {
        let (piece, pause) = bytes_per_second.map_or((usize::MAX, Duration::ZERO), pace);
        let missing = if cut { body.len() - body.len() / 2 } else { 0 };
        let next = Box::pin(tokio::time::sleep(first_byte));
        Self::Spoilt(Spoilt { rest: body, missing, piece, pause, next, flushed: false })
    }
}

/// The pieces that make so many bytes a second.
fn pace(bytes_per_second: u32) -> (usize, Duration) {
    let each = Duration::from_secs(1) / bytes_per_second.max(1);
    if each >= TICK {
        return (1, each);
    }
    let piece = (f64::from(bytes_per_second) * TICK.as_secs_f64()).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fiftieth of a u32")]
    let bytes = piece as usize;
    (bytes, Duration::from_secs_f64(piece / f64::from(bytes_per_second)))
}

impl Spoilt {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HungUp>>> {
        if self.next.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        let left = self.rest.len() - self.missing;
        if left > 0 {
            let piece = self.rest.split_to(left.min(self.piece));
            self.next.as_mut().reset(Instant::now() + self.pause);
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.missing == 0 {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // hyper writes what it has before it asks again.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(HungUp)))
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = HungUp;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HungUp>>> {
        match &mut *self {
            Self::Whole(body) if body.is_empty() => Poll::Ready(None),
            Self::Whole(body) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(body))))),
            Self::Spoilt(spoilt) => spoilt.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_empty(),
            Self::Spoilt(spoilt) => spoilt.rest.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let body = match self {
            Self::Whole(body) => body,
            Self::Spoilt(spoilt) => &spoilt.rest,
        };
        SizeHint::with_exact(body.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_rate() {
        for rate in [1, 3, 49, 50, 51, 100, 1_000, 65_536, 1_000_000_000] {
            let (piece, pause) = pace(rate);
            let made = piece as f64 / pause.as_secs_f64();
            assert!((made / f64::from(rate) - 1.0).abs() < 0.01, "{rate}: {piece} every {pause:?}");
        }
    }
}
