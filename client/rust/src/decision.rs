use std::{collections::HashMap, time::Duration};

use crate::v1;

/// A condition key with its values, one or several.
pub type Context<'a> = [(&'a str, &'a [&'a str])];

/// One question of many.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// Added to the common context; replaces keys that are in both.
    pub context: HashMap<String, Vec<String>>,
}

impl Check {
    /// A question without a context of its own.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Check {
            action: action.into(),
            resource: resource.into(),
            context: HashMap::new(),
        }
    }
}

/// An answer. The default denies.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Whether a statement denies; without it nothing allowed.
    pub explicit: bool,
    /// The decision in a sentence.
    pub reason: String,
    /// Its name in the audit log.
    pub decision_id: String,
    /// What decided.
    pub registry_revision: String,
    /// A denial's record, sealed for administrators.
    pub encoded_message: String,
    /// How long an equal question may be answered from a cache; `None`: not at
    /// all.
    pub cacheable_for: Option<Duration>,
    /// What the answer depends on.
    pub context_keys_read: Vec<String>,
    /// Why, where it was asked for.
    pub explanation: Option<v1::Explanation>,
}

impl From<v1::AuthorizeResponse> for Decision {
    fn from(answer: v1::AuthorizeResponse) -> Self {
        Decision {
            allowed: answer.decision() == v1::Decision::Allow,
            explicit: answer.decision() == v1::Decision::ExplicitDeny,
            reason: answer.reason,
            decision_id: answer.decision_id,
            registry_revision: answer.registry_revision,
            encoded_message: answer.encoded_message,
            cacheable_for: answer
                .cacheable_for
                .and_then(|duration| Duration::try_from(duration).ok()),
            context_keys_read: answer.context_keys_read,
            explanation: answer.explanation,
        }
    }
}

pub(crate) fn decisions_of(answer: v1::BatchAuthorizeResponse) -> Vec<Decision> {
    let revision = answer.registry_revision;
    answer
        .results
        .into_iter()
        .map(|result| Decision {
            allowed: result.decision() == v1::Decision::Allow,
            explicit: result.decision() == v1::Decision::ExplicitDeny,
            reason: result.reason,
            decision_id: result.decision_id,
            registry_revision: revision.clone(),
            encoded_message: result.encoded_message,
            cacheable_for: None,
            context_keys_read: Vec::new(),
            explanation: result.explanation,
        })
        .collect()
}

pub(crate) fn context_of(context: &Context<'_>) -> HashMap<String, v1::ContextValues> {
    context
        .iter()
        .map(|(key, values)| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            ((*key).to_owned(), v1::ContextValues { values })
        })
        .collect()
}

pub(crate) fn check_of(check: &Check) -> v1::AuthorizationCheck {
    v1::AuthorizationCheck {
        action: check.action.clone(),
        resource: check.resource.clone(),
        resource_account: String::new(),
        context: check
            .context
            .iter()
            .map(|(key, values)| {
                let values = values.clone();
                (key.clone(), v1::ContextValues { values })
            })
            .collect(),
    }
}
