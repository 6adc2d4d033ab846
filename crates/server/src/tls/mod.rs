//! TLS, with certificates that are taken anew while the server runs.

mod end;
mod files;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{task, time};
use tokio_rustls::TlsAcceptor;

use files::Contents;
pub use files::{TlsError, TlsFiles};

/// TLS as its files have it. While a server runs, it looks at the files every ten seconds, and new connections have what is new. Clones
/// share it.
#[derive(Clone)]
pub struct Tls(Arc<Loaded>);

struct Loaded {
    files: TlsFiles,
    in_force: RwLock<InForce>,
}

/// What new connections have.
#[derive(Clone)]
struct InForce {
    config: Arc<ServerConfig>,
    /// When the first of the server's certificates ends.
    not_after: Option<i64>,
    /// What it was made of.
    contents: Arc<Contents>,
}

/// What cannot be used, and why.
#[derive(PartialEq, Eq)]
struct Refused {
    /// None where the files could not be read.
    contents: Option<Contents>,
    why: String,
}

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let contents = Contents::read(&files)?;
        let (config, not_after) = contents.config(&files)?;
        let in_force = RwLock::new(InForce { config: Arc::new(config), not_after, contents: Arc::new(contents) });
        Ok(Self(Arc::new(Loaded { files, in_force })))
    }

    /// When the server's certificate or one between it and the authority ends, whichever is first, in seconds since 1970. None if the
    /// end of one is written in a way that is not understood.
    pub fn not_after(&self) -> Option<i64> {
        self.in_force().not_after
    }

    /// For one connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.in_force().config.into()
    }

    /// Takes what the files hold, every so often, for ever. Bad files change nothing, and are logged once until they change again.
    pub(crate) async fn follow(self, every: Duration) {
        let mut refused = None;
        loop {
            time::sleep(every).await;
            let this = self.clone();
            let looked = task::spawn_blocking(move || this.look_again(refused)).await;
            refused = looked.unwrap_or_default();
        }
    }

    /// Looks at the files, knowing what was refused the last time. What is refused this time.
    fn look_again(&self, refused: Option<Refused>) -> Option<Refused> {
        let files = &self.0.files;
        let mistake = match Contents::read(files) {
            // Contents are compared, not times: Kubernetes swaps a symbolic link far above the file.
            Ok(contents) if contents == *self.in_force().contents => return None,
            Ok(contents) if refused.as_ref().is_some_and(|refused| refused.contents.as_ref() == Some(&contents)) => return refused,
            Ok(contents) => match contents.config(files) {
                Ok((config, not_after)) => {
                    let new = InForce { config: Arc::new(config), not_after, contents: Arc::new(contents) };
                    *self.0.in_force.write().unwrap_or_else(PoisonError::into_inner) = new;
                    tracing::info!(cert = %files.cert.display(), "the files of TLS changed: new connections have what is new");
                    return None;
                }
                Err(error) => Refused { contents: Some(contents), why: error.to_string() },
            },
            Err(error) => Refused { contents: None, why: error.to_string() },
        };
        if refused.as_ref() != Some(&mistake) {
            tracing::warn!(error = mistake.why, "the files of TLS changed and cannot be used: what was there before stays");
        }
        Some(mistake)
    }

    fn in_force(&self) -> InForce {
        self.0.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.files).finish()
    }
}
