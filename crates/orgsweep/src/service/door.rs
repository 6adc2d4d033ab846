//! How the HTTP server is reached: its token and its TLS, as the configuration names their files.

use orgsweep_server::{ExternalUrlError, ServeSettings, Tls, TlsFiles, TokenFile};

use crate::config::ServerConfig;

/// How the HTTP server is reached.
pub struct Door {
    /// What requests have to bear.
    pub token: Option<TokenFile>,
    /// Everything else.
    pub settings: ServeSettings,
}

/// A file that the configuration names, or its URL, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{what} ({setting})")]
pub struct DoorError {
    what: String,
    setting: &'static str,
}

impl Door {
    /// Reads the files, and what the URL says of the server.
    pub fn new(config: &ServerConfig) -> Result<Self, DoorError> {
        let token = config.auth_token_file.as_ref().map(TokenFile::load).transpose();
        let token = token.map_err(|error| DoorError { what: error.to_string(), setting: "server.auth_token_file" })?;
        // The configuration has both or neither.
        let files = config.tls.cert.as_ref().zip(config.tls.key.as_ref());
        let files = files.map(|(cert, key)| TlsFiles { cert: cert.clone(), key: key.clone(), client_ca: config.tls.client_ca.clone() });
        let tls = files.map(Tls::load).transpose().map_err(|error| DoorError { what: error.to_string(), setting: "server.tls" })?;
        let external_url = config.external_url.as_ref().map(|url| url.as_ref().parse()).transpose();
        let external_url =
            external_url.map_err(|error: ExternalUrlError| DoorError { what: error.to_string(), setting: "server.external_url" })?;
        Ok(Self { token, settings: ServeSettings { tls, external_url, ..ServeSettings::default() } })
    }

    /// What URLs begin with.
    pub const fn scheme(&self) -> &'static str {
        if self.settings.tls.is_some() { "https" } else { "http" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_whose_origin_is_not_understood_is_refused() {
        let door =
            |url: &str| Door::new(&ServerConfig { external_url: Some(url.to_owned().try_into().unwrap()), ..ServerConfig::default() });
        assert!(door("https://orgsweep.example.com:8443/base").is_ok());
        for url in ["https://orgsweep.example.com:abc", "https://user:secret@orgsweep.example.com"] {
            let error = door(url).err().expect(url).to_string();
            assert!(error.ends_with("(server.external_url)") && !error.contains("secret"), "{error}");
        }
    }
}
