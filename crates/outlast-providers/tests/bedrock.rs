//! Accounts at Amazon Bedrock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use outlast_providers::Bedrock;
use outlast_types::{ChatRequest, ErrorKind};
use support::{Answer, Scripted};
use tower::ServiceExt;

const REPLY: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4}}"#;

const PROFILE: &str =
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0";

#[tokio::test]
async fn a_key_is_sent_as_a_bearer_token_to_the_region_s_address() {
    let transport = Scripted::new(Answer::json(200, REPLY));
    let account = Bedrock::in_region("eu-west-1").unwrap();
    let account = account
        .with_key("bedrock-key")
        .unwrap()
        .with_http(transport.http());
    let target = account.model(PROFILE);
    let reply = target
        .chat_service()
        .oneshot(ChatRequest::user("Hi"))
        .await
        .unwrap();
    assert_eq!(reply.text(), "Hello");

    let [request] = transport.requests().try_into().unwrap();
    assert_eq!(
        request.uri(),
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse"
    );
    assert_eq!(request.headers()["authorization"], "Bearer bedrock-key");
}

#[tokio::test]
async fn an_error_is_read_by_its_header() {
    let answer = Answer::json(424, r#"{"message":"it failed"}"#).header(
        "x-amzn-errortype",
        "ModelErrorException:http://internal.amazon.com/",
    );
    let account = Bedrock::in_region("eu-west-1")
        .unwrap()
        .with_key("k")
        .unwrap();
    let account = account.with_http(Scripted::new(answer).http());
    let target = account.model("amazon.nova-lite-v1:0");
    let error = target
        .chat_service()
        .oneshot(ChatRequest::user("Hi"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Server, Some("ModelErrorException"))
    );
}

#[cfg(feature = "bedrock-sigv4")]
mod signed {
    //! Signatures, checked against AWS's published vectors and by computing them anew from what arrives.

    use std::fmt::Write;

    use bytes::Bytes;
    use hmac::{Hmac, Mac};
    use outlast_providers::{Bedrock, SigV4, http_service};
    use outlast_types::{ChatRequest, ErrorKind};
    use secrecy::SecretString;
    use sha2::{Digest, Sha256};
    use tower::{ServiceExt, service_fn};

    use super::{PROFILE, REPLY};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    fn hmac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// What is signed, in the words of the specification.
    struct Canonical<'a> {
        method: &'a str,
        path: &'a str,
        query: &'a str,
        /// Sorted, in lower case.
        headers: Vec<(&'a str, &'a str)>,
        body: &'a [u8],
    }

    impl Canonical<'_> {
        fn signature(&self, date: &str, region: &str, service: &str) -> String {
            let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
            let headers: String = self
                .headers
                .iter()
                .map(|(name, value)| format!("{name}:{value}\n"))
                .collect();
            let request = format!(
                "{}\n{}\n{}\n{headers}\n{}\n{}",
                self.method,
                self.path,
                self.query,
                names.join(";"),
                hex(&Sha256::digest(self.body)),
            );
            let day = &date[..8];
            let text = format!(
                "AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/aws4_request\n{}",
                hex(&Sha256::digest(request)),
            );
            let mut key = format!("AWS4{SECRET}").into_bytes();
            for step in [day, region, service, "aws4_request"] {
                key = hmac(&key, step);
            }
            hex(&hmac(&key, &text))
        }
    }

    #[test]
    fn the_check_agrees_with_aws_s_published_vectors() {
        // The SigV4 test suite (aws-sig-v4-test-suite), by the names of its cases.
        let check = |method, path, query, form: Option<&str>, expect| {
            let mut headers = vec![
                ("host", "example.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ];
            if form.is_some() {
                headers.insert(0, ("content-type", "application/x-www-form-urlencoded"));
            }
            let body = form.unwrap_or_default().as_bytes();
            let canonical = Canonical {
                method,
                path,
                query,
                headers,
                body,
            };
            let signature = canonical.signature("20150830T123600Z", "us-east-1", "service");
            assert_eq!(signature, expect, "{method} {path} {query}");
        };
        // get-vanilla
        check(
            "GET",
            "/",
            "",
            None,
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        );
        // post-vanilla
        check(
            "POST",
            "/",
            "",
            None,
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        );
        // get-vanilla-query-order-key-case
        let query = "Param1=value1&Param2=value2";
        check(
            "GET",
            "/",
            query,
            None,
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        );
        // get-utf8
        check(
            "GET",
            "/%E1%88%B4",
            "",
            None,
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        );
        // get-space
        let path = "/example%20space/";
        check(
            "GET",
            path,
            "",
            None,
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        );
        // post-x-www-form-urlencoded
        let form = Some("Param1=value1");
        check(
            "POST",
            "/",
            "",
            form,
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        );
    }

    /// Encodes a path once more, as AWS does with the path it receives.
    fn encoded(path: &str) -> String {
        path.bytes().fold(String::new(), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                text.push(char::from(byte));
            } else {
                write!(text, "%{byte:02X}").unwrap();
            }
            text
        })
    }

    /// Answers as AWS does: 403 to a request whose signature does not fit it.
    fn judge(request: &http::Request<Bytes>) -> Result<(), String> {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let authorization = header("authorization").ok_or("no authorization")?;
        let fields = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or("another scheme")?;
        let field = |name: &str| {
            let mut fields = fields.split(", ");
            fields
                .find_map(|field| field.strip_prefix(name))
                .unwrap()
                .to_owned()
        };
        let date = header("x-amz-date").ok_or("no date")?;
        let scope = format!("AKIDEXAMPLE/{}/us-east-1/bedrock/aws4_request", &date[..8]);
        if field("Credential=") != scope {
            return Err(format!("scope {}", field("Credential=")));
        }
        let body = request.body();
        if header("x-amz-content-sha256") != Some(&hex(&Sha256::digest(body))) {
            return Err("the hash of the body does not fit it".to_owned());
        }
        let signed = field("SignedHeaders=");
        for name in ["content-type", "host", "x-amz-content-sha256", "x-amz-date"] {
            if !signed.split(';').any(|one| one == name) {
                return Err(format!("{name} is not signed"));
            }
        }
        if header("host")
            != request
                .uri()
                .authority()
                .map(|authority| authority.as_str())
        {
            return Err("another host".to_owned());
        }
        let canonical = Canonical {
            method: request.method().as_str(),
            path: &encoded(request.uri().path()),
            query: "",
            headers: signed
                .split(';')
                .map(|name| (name, header(name).unwrap()))
                .collect(),
            body,
        };
        if canonical.signature(date, "us-east-1", "bedrock") != field("Signature=") {
            return Err("the signature does not fit".to_owned());
        }
        Ok(())
    }

    fn aws() -> outlast_providers::HttpService {
        http_service(service_fn(|request: http::Request<Bytes>| async move {
            let (status, body) = match judge(&request) {
                Ok(()) => (200, REPLY.to_owned()),
                Err(why) => (403, format!(r#"{{"message":"{why}"}}"#)),
            };
            let body = http_body_util::Full::new(Bytes::from(body));
            http::Response::builder().status(status).body(body)
        }))
    }

    fn keys(secret: &str, token: Option<&str>) -> SigV4 {
        let token = token.map(SecretString::from);
        SigV4::from_keys("us-east-1", "AKIDEXAMPLE", &secret.into(), token.as_ref())
    }

    async fn ask(keys: SigV4, model: &str) -> Result<String, outlast_types::Error> {
        let account = Bedrock::in_region("us-east-1")
            .unwrap()
            .with_authorizer(keys);
        let target = account.with_http(aws()).model(model);
        let reply = target
            .chat_service()
            .oneshot(ChatRequest::user("Hi"))
            .await?;
        Ok(reply.text())
    }

    #[tokio::test]
    async fn a_signature_fits_its_request_whatever_the_model_is_called() {
        for model in [
            "amazon.nova-lite-v1:0",
            PROFILE,
            "zai.glm-4.7-flash",
            "a b%é+/~",
        ] {
            assert_eq!(
                ask(keys(SECRET, None), model).await.unwrap(),
                "Hello",
                "{model}"
            );
        }
    }

    #[tokio::test]
    async fn the_token_of_a_session_is_sent_and_signed() {
        assert_eq!(
            ask(keys(SECRET, Some("token")), PROFILE).await.unwrap(),
            "Hello"
        );
        let transport = super::Scripted::new(super::Answer::json(200, REPLY));
        let account = Bedrock::in_region("us-east-1").unwrap();
        let account = account.with_authorizer(keys(SECRET, Some("token")));
        let target = account.with_http(transport.http()).model("a.b");
        target
            .chat_service()
            .oneshot(ChatRequest::user("Hi"))
            .await
            .unwrap();
        let headers = transport.requests()[0].headers().clone();
        assert_eq!(headers["x-amz-security-token"], "token");
        let authorization = headers["authorization"].to_str().unwrap();
        assert!(
            authorization.contains(";x-amz-security-token"),
            "{authorization}"
        );
    }

    #[tokio::test]
    async fn a_wrong_secret_is_refused() {
        let error = ask(keys("wrong", None), PROFILE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.message(), Some("the signature does not fit"));
    }
}
