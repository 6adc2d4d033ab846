//! Listening, and stopping in time.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;

use crate::{Server, router};

/// How long answers under way may take once the daemon is told to stop. Short: an orderly end has to fit into few seconds, and a
/// scrape that is cut off is repeated.
const GRACE: Duration = Duration::from_secs(2);

/// Answers until told to stop, then lets the answers under way finish for two seconds at the most. Idle connections are closed at once.
pub async fn serve(listener: TcpListener, server: Server, shutdown: CancellationToken) -> io::Result<()> {
    let serving = axum::serve(listener, router(server).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let too_late = async {
        shutdown.cancelled().await;
        time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = serving.into_future() => ended,
        () = too_late => {
            tracing::warn!("connections were still open when the grace period ended");
            Ok(())
        }
    }
}
