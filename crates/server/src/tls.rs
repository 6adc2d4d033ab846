//! TLS, with certificates that are taken anew while the server runs.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};
use tokio::time;
use tokio_rustls::TlsAcceptor;

/// The files that TLS needs, as PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, and after it those between it and the authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities of clients' certificates. With it, every request needs such a certificate, those for health included.
    pub client_ca: Option<PathBuf>,
}

/// TLS as its files have it. While a server runs, it looks at the files every ten seconds, and new connections have what is new. Clones
/// share it.
#[derive(Clone)]
pub struct Tls(Arc<Loaded>);

struct Loaded {
    files: TlsFiles,
    /// What the configuration was made of.
    first: Contents,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why there is no TLS with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
    /// A file has no certificate, or no private key.
    #[error("{}: there is no {wanted} in it, as PEM", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What should be there.
        wanted: &'static str,
    },
    /// What looks like PEM is none.
    #[error("{}: is not proper PEM: {source}", path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// The private key is not the certificate's.
    #[error("{}: is not the key of the certificate in {}", key.display(), cert.display())]
    OtherKey {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        cert: PathBuf,
    },
    /// The certificate or the key cannot be used.
    #[error("{}: cannot be used: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        source: rustls::Error,
    },
}

/// What the files hold, in the order certificate, key, clients' authorities.
#[derive(PartialEq, Eq)]
struct Contents([Vec<u8>; 3]);

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let first = Contents::read(&files)?;
        let config = RwLock::new(Arc::new(first.config(&files)?));
        Ok(Self(Arc::new(Loaded { files, first, config })))
    }

    /// For one connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Takes what the files hold, every so often, for ever. Bad files change nothing, and are logged once until they change again.
    pub(crate) async fn follow(self, every: Duration) {
        let files = self.0.files.clone();
        let mut taken: Option<Contents> = None;
        let mut refused: Option<(Option<Contents>, String)> = None;
        loop {
            time::sleep(every).await;
            let again = files.clone();
            // Contents are compared, not times: Kubernetes swaps a symbolic link far above the file.
            let Ok(read) = tokio::task::spawn_blocking(move || Contents::read(&again)).await else { continue };
            let (contents, config) = match read {
                Ok(contents) if contents == *taken.as_ref().unwrap_or(&self.0.first) => {
                    refused = None;
                    continue;
                }
                Ok(contents) if refused.as_ref().is_some_and(|(refused, _)| refused.as_ref() == Some(&contents)) => continue,
                Ok(contents) => {
                    let config = contents.config(&files);
                    (Some(contents), config)
                }
                Err(error) => (None, Err(error)),
            };
            match config {
                Ok(config) => {
                    *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                    (taken, refused) = (contents, None);
                    tracing::info!(cert = %files.cert.display(), "the files of TLS changed: new connections have what is new");
                }
                Err(error) => {
                    let mistake = error.to_string();
                    if contents.is_some() || refused.as_ref().is_none_or(|(_, last)| *last != mistake) {
                        tracing::warn!(%error, "the files of TLS changed and cannot be used: what was there before stays");
                    }
                    refused = Some((contents, mistake));
                }
            }
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.files).finish()
    }
}

impl Contents {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
        let client_ca = files.client_ca.as_deref().map(read).transpose()?;
        Ok(Self([read(&files.cert)?, read(&files.key)?, client_ca.unwrap_or_default()]))
    }

    fn config(&self, files: &TlsFiles) -> Result<ServerConfig, TlsError> {
        let Self([cert, key, client_ca]) = self;
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |source| TlsError::Unusable { path, source }
        };
        let chain = certificates(&files.cert, cert)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| bad_pem(&files.key, "private key", error))?;
        // The provider is named, because a process may have several.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&[&TLS13, &TLS12]);
        let builder = builder.map_err(unusable(&files.cert))?;
        let builder = match &files.client_ca {
            Some(path) => builder.with_client_cert_verifier(clients(path, client_ca, provider)?),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::OtherKey { key: files.key.clone(), cert: files.cert.clone() },
            // What is wrong with the certificate itself says so.
            rustls::Error::InvalidCertificate(_) => unusable(&files.cert)(error),
            error => unusable(&files.key)(error),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Who knows which clients' certificates are good.
fn clients(path: &Path, pem: &[u8], provider: Arc<rustls::crypto::CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        roots.add(certificate).map_err(|source| TlsError::Unusable { path: path.to_owned(), source })?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|error| TlsError::Unusable { path: path.to_owned(), source: rustls::Error::General(error.to_string()) })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| bad_pem(path, "certificate", error))?;
    if found.is_empty() { Err(bad_pem(path, "certificate", pem::Error::NoItemsFound)) } else { Ok(found) }
}

fn bad_pem(path: &Path, wanted: &'static str, error: pem::Error) -> TlsError {
    let path = path.to_owned();
    match error {
        pem::Error::NoItemsFound => TlsError::Missing { path, wanted },
        source => TlsError::NoPem { path, source },
    }
}
