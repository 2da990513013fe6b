//! Tables of rules, and which rule holds.

use std::collections::HashMap;

use super::Rule;
use crate::{v1, Error};

/// A text with placeholders. What replaces them is never read for placeholders
/// again.
#[derive(Debug)]
struct Template {
    /// Each is followed by a placeholder, but for the last.
    texts: Vec<String>,
    names: Vec<String>,
}

impl Template {
    fn parse(text: &str) -> Result<Self, String> {
        let (mut texts, mut names) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            let (name, after) = from
                .split_once('}')
                .ok_or_else(|| format!("a placeholder in `{text}` is not closed"))?;
            texts.push(before.to_owned());
            names.push(checked_name(name)?.to_owned());
            rest = after;
        }
        texts.push(rest.to_owned());
        Ok(Template { texts, names })
    }

    fn fill(&self, values: &HashMap<&str, String>) -> String {
        let mut filled = String::new();
        for (i, text) in self.texts.iter().enumerate() {
            filled.push_str(text);
            if let Some(name) = self.names.get(i) {
                filled.push_str(&values[name.as_str()]);
            }
        }
        filled
    }
}

/// A placeholder's name: letters, digits and `_`.
fn checked_name(name: &str) -> Result<&str, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(good) {
        return Err(format!(
            "the placeholder `{{{name}}}` has no name of letters, digits and `_`"
        ));
    }
    Ok(name)
}

/// What a rule asks Rolegate: nothing for a public one.
#[derive(Debug)]
pub(super) struct Need(Option<Ask>);

#[derive(Debug)]
struct Ask {
    action: String,
    resource: Template,
    context: Vec<(String, Vec<Template>)>,
}

impl Need {
    fn read(rule: &Rule) -> Result<Self, String> {
        if rule.public {
            let more = rule.action.is_some() || rule.resource.is_some() || !rule.context.is_empty();
            return match more {
                true => Err("a public rule has neither action, nor resource, nor context".into()),
                false => Ok(Need(None)),
            };
        }
        let action = rule.action.as_deref().ok_or("the action is missing")?;
        if !is_action(action) {
            return Err(format!(
                "the action `{action}` is not `service:Name` without wildcards"
            ));
        }
        let resource = rule.resource.as_deref().unwrap_or_default();
        if resource.is_empty() {
            return Err("the resource is missing".into());
        }
        let mut context = Vec::new();
        for (key, values) in &rule.context {
            let values = values.iter().map(|value| Template::parse(value));
            context.push((key.clone(), values.collect::<Result<_, _>>()?));
        }
        Ok(Need(Some(Ask {
            action: action.to_owned(),
            resource: Template::parse(resource)?,
            context,
        })))
    }

    /// The names of all placeholders.
    fn names(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|ask| {
            let context = ask.context.iter().flat_map(|(_, values)| values);
            std::iter::once(&ask.resource)
                .chain(context)
                .flat_map(|template| &template.names)
        })
    }

    /// The question, with the placeholders replaced; `None` for a public rule.
    fn question(&self, values: &HashMap<&str, String>) -> Option<v1::AuthorizeRequest> {
        let ask = self.0.as_ref()?;
        let context = ask.context.iter().map(|(key, templates)| {
            let values = templates.iter().map(|each| each.fill(values)).collect();
            (key.clone(), v1::ContextValues { values })
        });
        Some(v1::AuthorizeRequest {
            action: ask.action.clone(),
            resource: ask.resource.fill(values),
            context: context.collect(),
            ..Default::default()
        })
    }
}

fn is_action(action: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_word = |word: &str| !word.is_empty() && word.chars().all(good);
    action
        .split_once(':')
        .is_some_and(|(service, name)| is_word(service) && is_word(name))
}

/// Reads rule by rule; `read` gives what equal rules have in common. The error
/// names the first rule that is wrong by its number, from 1.
fn read_all<Row>(
    rules: impl IntoIterator<Item = Rule>,
    read: impl Fn(&Rule) -> Result<(String, Row), String>,
) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let mut seen = HashMap::new();
    for rule in rules {
        let number = rows.len() + 1;
        let wrong = |what: String| Error::local(format!("rule {number}: {what}"));
        let (key, row) = read(&rule).map_err(wrong)?;
        if let Some(above) = seen.insert(key, number) {
            return Err(wrong(format!(
                "it can never hold, for rule {above} is equal"
            )));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Error::local(
            "the table has no rule, so that it would deny all calls",
        ));
    }
    Ok(rows)
}

/// What a call needs, by the rule that holds.
#[derive(Debug)]
pub(super) enum Match {
    /// No rule matches.
    Denied,
    /// Everybody may pass.
    Public,
    /// Rolegate must say yes to this; its subject is still to be said.
    Ask(Box<v1::AuthorizeRequest>),
}

impl From<Option<v1::AuthorizeRequest>> for Match {
    fn from(question: Option<v1::AuthorizeRequest>) -> Self {
        question.map_or(Match::Public, |question| Match::Ask(Box::new(question)))
    }
}

/// The rules for HTTP, in their order.
#[cfg(feature = "http")]
#[derive(Debug)]
pub(super) struct HttpTable(Vec<Route>);

#[cfg(feature = "http")]
impl HttpTable {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, Error> {
        read_all(rules, |rule| {
            let route = Route::read(rule)?;
            Ok((route.key(), route))
        })
        .map(HttpTable)
    }

    /// What a request needs. `target` is the path as it came, still encoded; a
    /// query is left out of account.
    pub(super) fn find(&self, method: &str, target: &str) -> Match {
        let Some(segments) = segments(target) else {
            return Match::Denied;
        };
        for route in &self.0 {
            if let Some(values) = route.values(method, &segments) {
                return route.need.question(&values).into();
            }
        }
        Match::Denied
    }
}

#[cfg(feature = "http")]
#[derive(Debug)]
struct Route {
    method: String,
    parts: Vec<Part>,
    need: Need,
}

/// What stands for a segment of a path.
#[cfg(feature = "http")]
#[derive(Debug)]
enum Part {
    Text(String),
    One(String),
    Rest(String),
}

#[cfg(feature = "http")]
impl Route {
    fn read(rule: &Rule) -> Result<Self, String> {
        let (Some(method), Some(path), None) = (&rule.method, &rule.path, &rule.rpc) else {
            return Err("a rule for HTTP has `method` and `path`, no `rpc`".into());
        };
        let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if method != "*" && (method.is_empty() || !method.chars().all(good)) {
            return Err(format!(
                "the method `{method}` is neither in capitals nor `*`"
            ));
        }
        let route = Route {
            method: method.clone(),
            parts: parts(path)?,
            need: Need::read(rule)?,
        };
        let known: Vec<_> = route.parts.iter().filter_map(Part::name).collect();
        let unknown = route.need.names().find(|name| !known.contains(name));
        if let Some(name) = unknown {
            return Err(format!("the path `{path}` has no placeholder `{name}`"));
        }
        Ok(route)
    }

    /// Equal for routes that match the same requests.
    fn key(&self) -> String {
        let mut key = self.method.clone();
        for part in &self.parts {
            key.push('/');
            key.push_str(match part {
                Part::Text(text) => text,
                Part::One(_) => "{}",
                Part::Rest(_) => "{...}",
            });
        }
        key
    }

    /// The values of the placeholders; `None` where the route does not match.
    fn values(&self, method: &str, segments: &[String]) -> Option<HashMap<&str, String>> {
        if self.method != "*" && self.method != method {
            return None;
        }
        let mut values = HashMap::new();
        for (i, part) in self.parts.iter().enumerate() {
            let segment = segments.get(i)?;
            match part {
                Part::Text(text) if text == segment => {}
                Part::One(name) if !segment.is_empty() => {
                    values.insert(name.as_str(), segment.clone());
                }
                Part::Rest(name) if !segment.is_empty() => {
                    values.insert(name.as_str(), segments[i..].join("/"));
                    return Some(values);
                }
                _ => return None,
            }
        }
        (segments.len() == self.parts.len()).then_some(values)
    }
}

#[cfg(feature = "http")]
impl Part {
    fn name(&self) -> Option<&String> {
        match self {
            Part::Text(_) => None,
            Part::One(name) | Part::Rest(name) => Some(name),
        }
    }
}

#[cfg(feature = "http")]
fn parts(path: &str) -> Result<Vec<Part>, String> {
    let segments = path
        .strip_prefix('/')
        .ok_or_else(|| format!("the path `{path}` does not begin with `/`"))?;
    let count = segments.split('/').count();
    let mut parts: Vec<Part> = Vec::new();
    for (i, segment) in segments.split('/').enumerate() {
        let last = i + 1 == count;
        if segment.is_empty() && !last {
            return Err(format!("the path `{path}` has an empty segment"));
        }
        if !segment.contains(['{', '}']) {
            parts.push(Part::Text(segment.to_owned()));
            continue;
        }
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .filter(|name| !name.contains(['{', '}']))
            .ok_or_else(|| {
                format!("the segment `{segment}` is neither one placeholder nor all text")
            })?;
        let rest = name.strip_suffix("...");
        let name = checked_name(rest.unwrap_or(name))?.to_owned();
        if parts.iter().any(|part| part.name() == Some(&name)) {
            return Err(format!("the path has the placeholder `{name}` twice"));
        }
        parts.push(match rest {
            Some(_) if !last => return Err(format!("the placeholder `{segment}` is not last")),
            Some(_) => Part::Rest(name),
            None => Part::One(name),
        });
    }
    Ok(parts)
}

/// A path's segments, decoded; `None` for a path that not every server reads
/// alike.
#[cfg(feature = "http")]
fn segments(target: &str) -> Option<Vec<String>> {
    let path = target.split('?').next().unwrap_or_default();
    if !path.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
        return None;
    }
    let mut encoded = path.strip_prefix('/')?.split('/').peekable();
    let mut segments = Vec::new();
    while let Some(segment) = encoded.next() {
        let segment = decoded(segment)?;
        let wrong = |c: char| c == '/' || c == '\\' || c.is_control();
        let name = segment.split(';').next().unwrap_or_default();
        let inner = encoded.peek().is_some();
        if segment.contains(wrong) || name == "." || name == ".." || (inner && segment.is_empty()) {
            return None;
        }
        segments.push(segment);
    }
    Some(segments)
}

/// Decodes once; `None` for what is no percent-encoded UTF-8.
#[cfg(feature = "http")]
fn decoded(segment: &str) -> Option<String> {
    let hexadecimal = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let mut bytes = Vec::with_capacity(segment.len());
    let mut encoded = segment.bytes();
    while let Some(byte) = encoded.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (hexadecimal(encoded.next())?, hexadecimal(encoded.next())?);
                u8::try_from(high << 4 | low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The rules for gRPC, in their order.
#[cfg(feature = "grpc")]
#[derive(Debug)]
pub(super) struct RpcTable(Vec<(String, Need)>);

#[cfg(feature = "grpc")]
impl RpcTable {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, Error> {
        read_all(rules, |rule| {
            let (Some(rpc), None, None) = (&rule.rpc, &rule.method, &rule.path) else {
                return Err("a rule for gRPC has `rpc`, no `method` or `path`".into());
            };
            if !is_rpc(rpc) {
                return Err(format!(
                    "the rpc `{rpc}` is not `/package.Service/Method` or `/package.Service/*`"
                ));
            }
            let need = Need::read(rule)?;
            if let Some(name) = need.names().next() {
                return Err(format!(
                    "the placeholder `{name}` names a field of the message, which is not read \
                     before the handler; let the handler ask by itself"
                ));
            }
            Ok((rpc.clone(), (rpc.clone(), need)))
        })
        .map(RpcTable)
    }

    /// What a call of `/package.Service/Method` needs.
    pub(super) fn find(&self, method: &str) -> Match {
        let holds = |rpc: &str| match rpc.strip_suffix('*') {
            Some(service) => method.starts_with(service),
            None => method == rpc,
        };
        match self.0.iter().find(|(rpc, _)| holds(rpc)) {
            Some((_, need)) => need.question(&HashMap::new()).into(),
            None => Match::Denied,
        }
    }
}

#[cfg(feature = "grpc")]
fn is_rpc(rpc: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_word = |word: &str| !word.is_empty() && word.chars().all(good);
    rpc.strip_prefix('/')
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(service, method)| {
            service.split('.').all(is_word) && (method == "*" || is_word(method))
        })
}
