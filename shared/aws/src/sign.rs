//! Signatures, version 4.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

/// A request as AWS wants it signed.
#[derive(Debug)]
pub struct Unsigned<'a> {
    /// The service's name in signatures.
    pub service: &'a str,
    /// Its region.
    pub region: &'a str,
    /// The method, in capitals.
    pub method: &'a str,
    /// The whole address.
    pub url: &'a str,
    /// Headers to sign, by their names.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: Vec<u8>,
}

impl Unsigned<'_> {
    /// Signs it, at the present time.
    ///
    /// # Errors
    /// It is no request, or cannot be signed.
    pub fn sign(
        self,
        credentials: &Credentials,
    ) -> Result<Request<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        let Self { service, region, method, url, headers, body } = self;
        let identity = credentials.clone().into();
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(now())
            .settings(settings)
            .build()?
            .into();
        let signable =
            SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(&body))?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Full::from(body))?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

#[expect(clippy::disallowed_methods, reason = "AWS compares the time of a signature with its own")]
fn now() -> SystemTime {
    SystemTime::now()
}
