//! The features of each protocol's requests.

pub(crate) mod chat;
pub(crate) mod converse;
pub(crate) mod gemini;
pub(crate) mod messages;
pub(crate) mod responses;

use serde_json::Value;

use crate::edit::set;

/// A protocol's plainest request and all that may be changed in it.
pub(crate) struct Source {
    pub(crate) plain: &'static str,
    pub(crate) features: &'static [Feature],
}

/// A change: `(path, JSON)` pairs.
pub(crate) type Edits = &'static [(&'static str, &'static str)];

/// A feature of a request.
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    /// What must be there for it to mean something.
    pub(crate) context: Edits,
    /// What asks for it.
    pub(crate) edits: Edits,
}

impl Feature {
    /// Returns the request without and with the feature.
    pub(crate) fn bodies(&self, source: &Source) -> (Value, Value) {
        let plain: Value = serde_json::from_str(source.plain).unwrap();
        let without = edited(plain, self.context);
        let with = edited(without.clone(), self.edits);
        assert_ne!(without, with, "{}", self.name);
        (without, with)
    }
}

fn edited(mut document: Value, edits: Edits) -> Value {
    for (path, json) in edits {
        let value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        set(&mut document, path, value);
    }
    document
}

/// A feature that is asked for by one field.
pub(crate) const fn one(name: &'static str, edits: Edits) -> Feature {
    within(name, &[], edits)
}

/// A feature that means something only beside others.
pub(crate) const fn within(name: &'static str, context: Edits, edits: Edits) -> Feature {
    Feature {
        name,
        context,
        edits,
    }
}
