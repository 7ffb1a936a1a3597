use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Sink, Undelivered};
use crate::{Alert, AlertPhase};

/// How long one command of a session may take.
const COMMAND: Duration = Duration::from_secs(8);

/// Sends alerts by e-mail, over SMTP.
///
/// The message that an incident is over answers the one that it began, so that mail programs show them together.
#[derive(Clone)]
pub struct Email {
    from: Mailbox,
    to: Vec<Mailbox>,
    server: Server,
    login: Option<(String, SecretString)>,
}

/// Says why there can be no e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmailError {
    /// The server's address cannot be read.
    Server,
    /// The connection would be open to everybody on the way.
    Exposed,
    /// An address cannot be read; it is the one named.
    Address(String),
    /// There is nobody to send to.
    NobodyToTell,
}

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str(
                "a mail server must be written `smtps://HOST:PORT` (TLS) or `smtp://HOST:PORT` (STARTTLS)",
            ),
            Self::Exposed => f.write_str(
                "mail without TLS is for a server on this machine: write `smtps://` or `smtp://`",
            ),
            Self::Address(address) => write!(
                f,
                "`{}` is no e-mail address: write `name@example.com` or `Name <name@example.com>`",
                address.escape_debug()
            ),
            Self::NobodyToTell => f.write_str("there is nobody to send to: add an address"),
        }
    }
}

impl std::error::Error for EmailError {}

#[derive(Clone, Debug)]
struct Server {
    host: String,
    port: Option<u16>,
    security: Security,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte; port 465 by default.
    Tls,
    /// TLS from the command STARTTLS on, or nothing is sent; port 587 by default.
    StartTls,
    /// None; port 25 by default.
    None,
}

impl Email {
    /// Makes a sink that sends through `server`: `smtps://HOST:PORT` (TLS), `smtp://HOST:PORT` (STARTTLS, which it must
    /// offer), or `smtp+plain://127.0.0.1:PORT` for one on this machine.
    pub fn new<'a>(
        server: &str,
        from: &str,
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EmailError> {
        let to = to.into_iter().map(mailbox).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(EmailError::NobodyToTell);
        }
        Ok(Self {
            from: mailbox(from)?,
            to,
            server: Server::parse(server)?,
            login: None,
        })
    }

    /// Logs in to the server.
    pub fn with_login(
        mut self,
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.login = Some((user.into(), password.into()));
        self
    }

    fn message(&self, alert: &Alert) -> Result<Message, lettre::error::Error> {
        let id = |phase: AlertPhase| format!("<{}.{}@outlast>", alert.incident.id, phase.as_str());
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(format!("[outlast] {}", alert.title()))
            .date(alert.at)
            .message_id(Some(id(alert.phase)))
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(to.clone());
        }
        if alert.phase == AlertPhase::Resolved {
            message = answering(message, id(AlertPhase::Opened));
        }
        message.body(words(alert))
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
        let mut transport = self.server.transport()?.timeout(Some(COMMAND));
        if let Some(port) = self.server.port {
            transport = transport.port(port);
        }
        if let Some((user, password)) = &self.login {
            let password = password.expose_secret().trim().to_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        Ok(transport.build())
    }
}

impl Sink for Email {
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
        let message = self.message(alert);
        let transport = self.transport();
        Box::pin(async move {
            let message = message
                .map_err(|_| Undelivered::for_good("the alert cannot be written as an e-mail"))?;
            let transport = transport.map_err(|_| Undelivered::for_good("there is no TLS"))?;
            transport
                .send(message)
                .await
                .map_err(|error| undelivered(&error))?;
            Ok(())
        })
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email")
            .field("server", &self.server)
            .field("to", &self.to.len())
            .finish_non_exhaustive()
    }
}

impl Server {
    fn parse(text: &str) -> Result<Self, EmailError> {
        let uri: Uri = text.trim().parse().map_err(|_| EmailError::Server)?;
        let authority = uri.authority().ok_or(EmailError::Server)?;
        let has_path = uri
            .path_and_query()
            .is_some_and(|path| path.as_str() != "/");
        if authority.as_str().contains('@') || has_path {
            return Err(EmailError::Server);
        }
        let security = match uri.scheme_str() {
            Some("smtps") => Security::Tls,
            Some("smtp") => Security::StartTls,
            Some("smtp+plain") => Security::None,
            _ => return Err(EmailError::Server),
        };
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if security == Security::None && !is_this_machine(&host) {
            return Err(EmailError::Exposed);
        }
        Ok(Self {
            host,
            port: authority.port_u16(),
            security,
        })
    }

    fn transport(&self) -> Result<AsyncSmtpTransportBuilder, Error> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        match self.security {
            Security::Tls => Transport::relay(&self.host),
            Security::StartTls => Transport::starttls_relay(&self.host),
            Security::None => Ok(Transport::builder_dangerous(&self.host)),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn mailbox(text: &str) -> Result<Mailbox, EmailError> {
    text.trim()
        .parse()
        .map_err(|_| EmailError::Address(text.to_owned()))
}

fn answering(message: MessageBuilder, id: String) -> MessageBuilder {
    message.in_reply_to(id.clone()).references(id)
}

/// Writes an alert as the text of a letter.
fn words(alert: &Alert) -> String {
    let mut text = alert.title();
    text.push_str("\n\n");
    for (name, value) in alert.facts() {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text
}

/// Says what a server's no means; its words are not shown, for they may quote anything.
fn undelivered(error: &Error) -> Undelivered {
    match error.status() {
        Some(code) if error.is_permanent() => {
            Undelivered::for_good(format!("the mail server answered {code}"))
        }
        Some(code) => Undelivered::for_now(format!("the mail server answered {code}")),
        None => Undelivered::for_now("the mail server could not be reached"),
    }
}
