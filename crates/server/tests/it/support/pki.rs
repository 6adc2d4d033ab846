//! Certificates, made with `openssl`, and clients that look at them.

use std::{fs, net::TcpStream, path::PathBuf, process::Command, sync::Arc};

use orgsweep_server::{Tls, TlsFiles};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};

use super::{Client, Folder, Running};

/// An authority, with the folder that its certificates and keys are in.
pub struct Authority {
    pub folder: Folder,
}

impl Authority {
    pub fn new() -> Self {
        let this = Self { folder: Folder::new() };
        this.openssl(&format!("req -x509 {NEW_KEY} -keyout ca.key -out ca.pem -days 36500 -subj /CN=authority"));
        this
    }

    /// A certificate of the authority, as PEM in `{name}.pem`, with its key in `{name}.key`.
    pub fn certify(&self, name: &str) {
        self.folder.write("extensions", "subjectAltName=DNS:localhost,DNS:sweep.example.com\n");
        self.openssl(&format!("req -new {NEW_KEY} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        let authority = "-CA ca.pem -CAkey ca.key -CAcreateserial";
        self.openssl(&format!("x509 -req -in {name}.csr {authority} -out {name}.pem -days 36500 -extfile extensions"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn der(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(name)).unwrap()
    }

    /// The files with which a server is started.
    pub fn files(&self, name: &str) -> TlsFiles {
        TlsFiles { cert: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")), client_ca: None }
    }

    pub fn tls(&self, name: &str) -> Tls {
        Tls::load(self.files(name)).unwrap()
    }

    /// A client that trusts this authority.
    pub fn client(&self) -> TlsClient<'_> {
        TlsClient { authority: self, versions: vec![&TLS13, &TLS12], certificate: None }
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(self.folder.path()).output().expect("openssl is there");
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// How a client connects.
pub struct TlsClient<'a> {
    pub authority: &'a Authority,
    pub versions: Vec<&'static SupportedProtocolVersion>,
    /// An authority and the name of the certificate that the client shows.
    pub certificate: Option<(&'a Authority, &'a str)>,
}

impl TlsClient<'_> {
    pub fn connect(&self, running: &Running) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der("ca.pem")).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.certificate {
            Some((authority, name)) => {
                let key = PrivateKeyDer::from_pem_file(authority.path(&format!("{name}.key"))).unwrap();
                config.with_client_auth_cert(vec![authority.der(&format!("{name}.pem"))], key).unwrap()
            }
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        Client(StreamOwned::new(connection, running.connect().0))
    }
}
