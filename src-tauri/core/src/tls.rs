//! The encryption of connections that are not HTTP. It trusts the same certificates as the HTTP clients do: those of the
//! operating system, or on Linux those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::{ClientConfig, Error, crypto};

/// The settings of an encrypted connection to a server. Reads the trusted certificates, so that one that was installed
/// since the last connection is trusted too.
pub(crate) fn client_config() -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(Arc::new(config))
}
