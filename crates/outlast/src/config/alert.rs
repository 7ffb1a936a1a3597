//! The sections `[alert.NAME]` and `[monitor]`: who is told of incidents, and how targets are watched.

use std::net::IpAddr;

use http::Uri;
use outlast_monitor::{MonitorConfig, PagerDuty, Slack, Transport, Webhook};
use secrecy::{ExposeSecret, SecretString};

use super::secret::Secrets;
use super::section::Section;
use super::source::Report;
use super::suggest::hint;
use crate::ClientBuilder;

/// Who is told of incidents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AlertConfig {
    /// Its name.
    pub name: String,
    /// How.
    pub sink: SinkConfig,
}

/// How somebody is told of incidents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SinkConfig {
    /// By a message in Slack.
    Slack {
        /// The address of the incoming webhook, which is its key.
        webhook: SecretString,
    },
    /// By PagerDuty.
    PagerDuty {
        /// The key of the integration.
        routing_key: SecretString,
        /// Where events go, if not to the usual address.
        url: Option<Uri>,
        /// Whose events they are, if not `outlast`'s.
        source: Option<String>,
    },
    /// By a signed request.
    Webhook {
        /// Where it goes.
        url: Uri,
        /// What it is signed with.
        secret: SecretString,
    },
    /// By e-mail.
    Email {
        /// The mail server.
        server: String,
        /// From whom.
        from: String,
        /// To whom.
        to: Vec<String>,
        /// The name and the password at the server, if it wants any.
        login: Option<(String, SecretString)>,
    },
}

const KINDS: [&str; 4] = ["slack", "pagerduty", "webhook", "email"];

impl AlertConfig {
    /// Reads one alert. `None` if something is wrong with it, which `report` then has.
    pub(super) fn read(
        name: &str,
        section: Section<'_>,
        secrets: &Secrets<'_>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let mut reader = Reader {
            section,
            secrets,
            report,
            literal: false,
        };
        let sink = reader.sink(name);
        reader.section.finish(reader.report);
        Some(Self {
            name: name.to_owned(),
            sink: sink?,
        })
    }

    /// Adds the sink to a client; those over HTTP send over `transport`.
    pub(crate) fn add_to(&self, builder: ClientBuilder, transport: Transport) -> ClientBuilder {
        let name = self.name.as_str();
        match &self.sink {
            SinkConfig::Slack { webhook } => {
                builder.alert(name, Slack::new(webhook.clone(), transport))
            }
            SinkConfig::PagerDuty {
                routing_key,
                url,
                source,
            } => {
                let mut sink = PagerDuty::new(routing_key.clone(), transport);
                if let Some(url) = url {
                    sink = sink.with_address(url.clone());
                }
                if let Some(source) = source {
                    sink = sink.with_source(source.as_str());
                }
                builder.alert(name, sink)
            }
            SinkConfig::Webhook { url, secret } => {
                builder.alert(name, Webhook::new(url.clone(), secret.clone(), transport))
            }
            SinkConfig::Email {
                server,
                from,
                to,
                login,
            } => add_email(builder, name, (server, from, to, login.as_ref())),
        }
    }
}

/// What a letter needs: the server, from whom, to whom, and the login.
type Letter<'a> = (
    &'a str,
    &'a str,
    &'a [String],
    Option<&'a (String, SecretString)>,
);

#[cfg(feature = "email")]
fn add_email(builder: ClientBuilder, name: &str, letter: Letter<'_>) -> ClientBuilder {
    let (server, from, to, login) = letter;
    // The file was refused if this cannot be made.
    let Ok(email) = outlast_monitor::Email::new(server, from, to.iter().map(String::as_str)) else {
        return builder;
    };
    match login {
        Some((user, password)) => {
            builder.alert(name, email.with_login(user.as_str(), password.clone()))
        }
        None => builder.alert(name, email),
    }
}

#[cfg(not(feature = "email"))]
fn add_email(builder: ClientBuilder, _name: &str, _letter: Letter<'_>) -> ClientBuilder {
    builder
}

/// Says what is wrong with the addresses of a letter.
#[cfg(feature = "email")]
fn check_email(server: &str, from: &str, to: &[String]) -> Result<(), (&'static str, String)> {
    use outlast_monitor::{Email, EmailError};
    let email = Email::new(server, from, to.iter().map(String::as_str));
    email.map(drop).map_err(|error| {
        let field = match &error {
            EmailError::Address(address) if address == from => "from",
            EmailError::Address(_) | EmailError::NobodyToTell => "to",
            _ => "server",
        };
        (field, error.to_string())
    })
}

#[cfg(not(feature = "email"))]
fn check_email(_server: &str, _from: &str, _to: &[String]) -> Result<(), (&'static str, String)> {
    let message = "this build sends no e-mail: build with the feature `email`, or use another kind";
    Err(("kind", message.to_owned()))
}

/// Reads the fields of one alert.
struct Reader<'a, 's, 'r, 'f> {
    section: Section<'a>,
    secrets: &'s Secrets<'s>,
    report: &'r mut Report<'f>,
    /// Whether a key may stand in the file itself.
    literal: bool,
}

impl Reader<'_, '_, '_, '_> {
    fn sink(&mut self, name: &str) -> Option<SinkConfig> {
        let kind = self.kind(name)?;
        let literal = self.section.flag("allow_literal_key", self.report);
        self.literal = literal.unwrap_or(false);
        match kind {
            "slack" => self.slack(),
            "pagerduty" => self.pagerduty(),
            "webhook" => self.webhook(),
            _ => self.email(),
        }
    }

    /// Reads the kind, which is the alert's own name if that is one.
    fn kind(&mut self, name: &str) -> Option<&'static str> {
        let known = |kind: &str| KINDS.into_iter().find(|known| *known == kind);
        let given = self.section.text("kind", self.report);
        let kind = match &given {
            Some(given) => known(given.get_ref()),
            None if self.section.has("kind") => return None,
            None => known(name),
        };
        if kind.is_none() {
            let span = self.section.span_of("kind");
            let message = match given {
                Some(given) => {
                    let kind = given.get_ref().escape_debug();
                    format!("unknown kind `{kind}`: {}", hint(given.get_ref(), KINDS))
                }
                None => format!("the alert needs `kind = \"...\"`: {}", hint("", KINDS)),
            };
            self.report.add(span, message);
            // Its other fields belong to a kind that is not known.
            self.section.ignore_rest();
        }
        kind
    }

    fn slack(&mut self) -> Option<SinkConfig> {
        let webhook = self.secret("webhook_url")?;
        if address(webhook.expose_secret().trim()).is_err() {
            let span = self.section.span_of("webhook_url");
            let message =
                "what `webhook_url` leads to must be an address that begins with `https://`";
            self.report.add(span, message);
            return None;
        }
        Some(SinkConfig::Slack { webhook })
    }

    fn pagerduty(&mut self) -> Option<SinkConfig> {
        let routing_key = self.secret("routing_key");
        let url = self.url();
        let source = self.section.text("source", self.report);
        Some(SinkConfig::PagerDuty {
            routing_key: routing_key?,
            url,
            source: source.map(|source| (*source.get_ref()).to_owned()),
        })
    }

    fn webhook(&mut self) -> Option<SinkConfig> {
        self.require("url");
        let url = self.url();
        let secret = self.secret("secret");
        Some(SinkConfig::Webhook {
            url: url?,
            secret: secret?,
        })
    }

    fn email(&mut self) -> Option<SinkConfig> {
        let server = self.text("server");
        let from = self.text("from");
        let to = self.recipients();
        let user = self.section.text("user", self.report);
        let password = match user {
            Some(_) => self.secret("password"),
            None => self
                .secrets
                .key(&mut self.section, "password", self.literal, self.report),
        };
        let login = user.map(|user| (*user.get_ref()).to_owned()).zip(password);
        let (server, from, to) = (server?, from?, to?);
        if let Err((field, message)) = check_email(&server, &from, &to) {
            self.report.add(self.section.span_of(field), message);
            return None;
        }
        Some(SinkConfig::Email {
            server,
            from,
            to,
            login,
        })
    }

    fn recipients(&mut self) -> Option<Vec<String>> {
        self.require("to");
        let list = self.section.list("to", self.report)?;
        let mut recipients = Vec::new();
        for value in list {
            match value.get_ref().as_str() {
                Some(text) => recipients.push(text.to_owned()),
                None => self
                    .report
                    .add(value.span(), "`to` must be a list of e-mail addresses"),
            }
        }
        Some(recipients)
    }

    fn url(&mut self) -> Option<Uri> {
        let text = self.section.text("url", self.report)?;
        address(text.get_ref())
            .map_err(|message| self.report.add(text.span(), message))
            .ok()
    }

    fn text(&mut self, field: &'static str) -> Option<String> {
        self.require(field);
        let text = self.section.text(field, self.report)?;
        Some((*text.get_ref()).to_owned())
    }

    fn secret(&mut self, field: &'static str) -> Option<SecretString> {
        if !self.section.has(field) {
            let message = format!("the alert needs `{field} = {{ env = \"NAME\" }}`");
            self.report.add(self.section.span(), message);
        }
        self.secrets
            .key(&mut self.section, field, self.literal, self.report)
    }

    fn require(&mut self, field: &'static str) {
        if !self.section.has(field) {
            let message = format!("the alert needs `{field}`");
            self.report.add(self.section.span(), message);
        }
    }
}

/// Reads where alerts are sent: over TLS, or to this machine, and with no password in it.
fn address(text: &str) -> Result<Uri, &'static str> {
    const WHOLE: &str = "`url` must be a whole address such as \"https://ops.example.com/hook\"";
    let uri: Uri = text.parse().map_err(|_| WHOLE)?;
    let authority = uri.authority().ok_or(WHOLE)?;
    if authority.as_str().contains('@') {
        return Err("`url` must not hold a user or password");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_this_machine(authority.host()) => Ok(uri),
        Some("http") => {
            Err("`url` would be open to everybody on the way: use `https://`, or this machine")
        }
        _ => Err(WHOLE),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Reads how targets are watched.
pub(super) fn read_monitor(mut section: Section<'_>, report: &mut Report<'_>) -> MonitorConfig {
    let mut config = MonitorConfig::default();
    let given = section.value("probe_every");
    if given.is_some_and(|value| value.get_ref().as_str() == Some("never")) {
        config.probe_every = None;
    } else if let Some(every) = section.duration("probe_every", report) {
        config.probe_every = Some(every);
    }
    section.finish(report);
    config
}
