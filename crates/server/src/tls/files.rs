//! From the files to what TLS works with, and what can be wrong with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};

use super::end;

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
    /// A certificate or the key cannot be used.
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
pub(super) struct Contents([Vec<u8>; 3]);

impl Contents {
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
        let client_ca = files.client_ca.as_deref().map(read).transpose()?;
        Ok(Self([read(&files.cert)?, read(&files.key)?, client_ca.unwrap_or_default()]))
    }

    /// What connections are made with, and when the first of the server's certificates ends.
    pub fn config(&self, files: &TlsFiles) -> Result<(ServerConfig, Option<i64>), TlsError> {
        let Self([cert, key, client_ca]) = self;
        let chain = certificates(&files.cert, cert)?;
        let ends: Option<Vec<i64>> = chain.iter().map(|certificate| end::not_after(certificate)).collect();
        let not_after = ends.and_then(|ends| ends.into_iter().min());
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| bad_pem(&files.key, "private key", error))?;

        // The provider is named, because a process may have several.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&[&TLS13, &TLS12]);
        let builder = builder.map_err(|error| unusable(&files.cert, error))?;
        let builder = match &files.client_ca {
            Some(path) => builder.with_client_cert_verifier(clients(path, client_ca, provider)?),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::OtherKey { key: files.key.clone(), cert: files.cert.clone() },
            rustls::Error::InvalidCertificate(_) => unusable(&files.cert, error),
            error => unusable(&files.key, error),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok((config, not_after))
    }
}

/// Who knows which clients' certificates are good.
fn clients(path: &Path, pem: &[u8], provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        roots.add(certificate).map_err(|error| unusable(path, error))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|error| unusable(path, rustls::Error::General(error.to_string())))
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(bad_pem(path, "certificate", pem::Error::NoItemsFound)),
        Err(error) => Err(bad_pem(path, "certificate", error)),
    }
}

fn bad_pem(path: &Path, wanted: &'static str, error: pem::Error) -> TlsError {
    let path = path.to_owned();
    match error {
        pem::Error::NoItemsFound => TlsError::Missing { path, wanted },
        source => TlsError::NoPem { path, source },
    }
}

fn unusable(path: &Path, source: rustls::Error) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), source }
}
