use std::collections::BTreeMap;

use serde::Deserialize;

/// What a route or a gRPC method needs.
///
/// ```
/// use rolegate::middleware::Rule;
///
/// let rules = [
///     Rule::http("GET", "/healthz").public(),
///     Rule::http("GET", "/orders/{id}")
///         .action("orders:GetOrder")
///         .resource("arn:aws:orders:::order/{id}"),
/// ];
/// ```
///
/// `{name}` in a path stands for one segment that is not empty, and `{name...}`
/// for the rest of the path, one segment at least. Resource and values of the
/// context may have the same placeholders; a rule for gRPC has none, for its
/// layer stands before the message is read.
///
/// The first rule of a table that matches holds. A rule is checked when a layer
/// is made of it. It may be read from a file by serde: `{"method", "path"}` or
/// `{"rpc"}`, with `action`, `resource`, `context` (a text or a list for each
/// key) and `public`; a field of another name is an error.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) rpc: Option<String>,
    pub(super) action: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) context: BTreeMap<String, Values>,
    pub(super) public: bool,
}

/// The values of a condition key.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Values {
    One(String),
    Many(Vec<String>),
}

impl Values {
    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        match self {
            Values::One(value) => std::slice::from_ref(value).iter(),
            Values::Many(values) => values.iter(),
        }
    }
}

impl Rule {
    /// A rule for an HTTP route, of which action and resource are still to be
    /// said. `method` is in capitals, or `*` for each.
    pub fn http(method: impl Into<String>, path: impl Into<String>) -> Self {
        Rule {
            method: Some(method.into()),
            path: Some(path.into()),
            ..Rule::default()
        }
    }

    /// A rule for a gRPC method, `/package.Service/Method`, or for all of a
    /// service, `/package.Service/*`; action and resource are still to be said.
    pub fn rpc(rpc: impl Into<String>) -> Self {
        Rule {
            rpc: Some(rpc.into()),
            ..Rule::default()
        }
    }

    /// The same rule with an action, `service:Name` without wildcards.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// The same rule with a resource, an ARN or `*`.
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same rule with one more condition key.
    pub fn context<V: Into<String>>(
        mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.context.insert(key.into(), Values::Many(values));
        self
    }

    /// The same rule for everybody, session or not. Such a rule has neither
    /// action, nor resource, nor context.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }
}
