//! Makes the smallest value that a JSON schema allows.
//!
//! It understands what schemas for tools and structured output are made of: `type` (a list of types too), `enum`,
//! `const`, `properties` and `required`, `additionalProperties`, `items`, `prefixItems` and `contains`, the limits on
//! numbers, lengths and counts, `uniqueItems`, the common formats of strings, `anyOf`, `allOf`, and `$ref` within the
//! schema. `oneOf` is taken as `anyOf`, and of the values of `enum` only scalars are held against the rest. It does not
//! look at `pattern`, `not`, `if` and the dependencies between properties.

mod flat;
mod scalar;

use outlast_types::{Error, ErrorKind, RawJson};
use serde_json::{Map, Value, json};

use self::flat::Flat;

/// How deep a value may nest, tried in turn: the first that has room gives the flattest value of a recursive schema.
const DEPTHS: [usize; 4] = [4, 8, 16, 32];

/// The most items, characters or properties that a schema may ask for.
const MAX_COUNT: u64 = 10_000;

/// How deep choices may nest in one another: one may refer to itself.
const MAX_CHOICES: usize = 64;

/// The most schemas that are looked at for one value: a schema may refer to itself, or double at each level.
const MAX_LOOKS: usize = 20_000;

/// Returns the text of a value that `schema` allows, always the same one.
///
/// It fails with `ErrorKind::InvalidRequest` where there is none, or none that this module finds.
pub(crate) fn example(schema: &RawJson) -> Result<String, Error> {
    let root: Value = schema.read().map_err(|_| refused("it cannot be read"))?;
    let mut result = Err(refused("it has no value"));
    for max_depth in DEPTHS {
        let mut maker = Maker {
            root: &root,
            max_depth,
            choices: 0,
            looks: 0,
        };
        result = maker.make(&root, 0, 0);
        if result.is_ok() {
            break;
        }
    }
    result.map(|value| value.to_string())
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message(format!("Invalid schema: {why}."))
}

struct Maker<'a> {
    root: &'a Value,
    max_depth: usize,
    /// How many choices are being made within one another.
    choices: usize,
    looks: usize,
}

impl Maker<'_> {
    /// Makes a value; those of different `variant`s differ where the schema allows it.
    fn make(&mut self, schema: &Value, variant: u64, depth: usize) -> Result<Value, Error> {
        if depth > self.max_depth {
            return Err(refused("its smallest value nests too deep"));
        }
        let flat = match schema {
            Value::Bool(true) => return Ok(anything(variant)),
            Value::Object(schema) => self.flatten(schema.clone())?,
            _ => return Err(refused("no value is allowed where one is needed")),
        };
        match flat.alternatives() {
            Some(alternatives) => self.first_of(alternatives, variant, depth),
            None => self.make_flat(&flat.keywords, variant, depth),
        }
    }

    /// Makes a value of the first schema that has one.
    fn first_of(
        &mut self,
        schemas: impl Iterator<Item = Value>,
        variant: u64,
        depth: usize,
    ) -> Result<Value, Error> {
        let mut last = refused("`anyOf` offers nothing");
        self.choices += 1;
        if self.choices > MAX_CHOICES {
            return Err(refused("its choices nest too deep"));
        }
        for schema in schemas {
            match self.make(&schema, variant, depth) {
                Ok(value) => {
                    self.choices -= 1;
                    return Ok(value);
                }
                Err(error) => last = error,
            }
        }
        self.choices -= 1;
        Err(last)
    }

    fn make_flat(
        &mut self,
        schema: &Map<String, Value>,
        variant: u64,
        depth: usize,
    ) -> Result<Value, Error> {
        if let Some(Value::Array(values)) = schema.get("enum") {
            return pick(values, schema, variant);
        }
        match scalar::type_of(schema) {
            Some("object") => self.object(schema, variant, depth),
            Some("array") => self.array(schema, depth),
            Some("string") => scalar::string(schema, variant).map(Value::String),
            Some("number") => scalar::number(schema, false, variant),
            Some("integer") => scalar::number(schema, true, variant),
            Some("boolean") => Ok(Value::Bool(variant % 2 == 1)),
            Some("null") => Ok(Value::Null),
            Some(_) => Err(refused("no type of JSON fits it")),
            None => Ok(anything(variant)),
        }
    }

    fn object(
        &mut self,
        schema: &Map<String, Value>,
        variant: u64,
        depth: usize,
    ) -> Result<Value, Error> {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.unwrap_or(&none);
        let others = schema
            .get("additionalProperties")
            .unwrap_or(&Value::Bool(true));
        let mut object = Map::new();
        for name in strings(schema.get("required")) {
            let property = properties.get(name).unwrap_or(others);
            object.insert(name.to_owned(), self.make(property, variant, depth + 1)?);
        }
        let fewest = count(schema, "minProperties")?.unwrap_or(0);
        let invented: Vec<_> = (1..=fewest)
            .map(|number| format!("property{number}"))
            .collect();
        let invented = invented.iter().map(|name| (name, others));
        for (name, property) in properties.iter().chain(invented) {
            if object.len() as u64 >= fewest {
                break;
            }
            if !object.contains_key(name) {
                object.insert(name.clone(), self.make(property, variant, depth + 1)?);
            }
        }
        Ok(Value::Object(object))
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Result<Value, Error> {
        let contains = schema.get("contains");
        let contained = match contains {
            Some(_) => count(schema, "minContains")?.unwrap_or(1),
            None => 0,
        };
        let fewest = count(schema, "minItems")?.unwrap_or(0).max(contained);
        if count(schema, "maxItems")?.is_some_and(|most| most < fewest) {
            return Err(refused("an array needs more items than it may have"));
        }
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut items = Vec::new();
        for number in 0..fewest {
            let item = item_schema(schema, number);
            let item = match contains {
                Some(contains) if number < contained => json!({ "allOf": [item, contains] }),
                _ => item.clone(),
            };
            let variant = if unique { number } else { 0 };
            let value = self.make(&item, variant, depth + 1)?;
            if unique && items.contains(&value) {
                return Err(refused(
                    "an array needs more different items than there are",
                ));
            }
            items.push(value);
        }
        Ok(Value::Array(items))
    }

    /// Resolves references and puts the parts of `allOf` together.
    fn flatten(&mut self, schema: Map<String, Value>) -> Result<Flat, Error> {
        let mut flat = Flat::default();
        let mut parts = vec![schema];
        while let Some(mut part) = parts.pop() {
            self.looks += 1;
            if self.looks > MAX_LOOKS {
                return Err(refused("its smallest value is too large"));
            }
            let mut inner = Vec::new();
            if let Some(Value::String(reference)) = part.remove("$ref") {
                inner.push(self.lookup(&reference)?.clone());
            }
            if let Some(Value::Array(all)) = part.remove("allOf") {
                inner.extend(all);
            }
            for schema in inner.into_iter().rev() {
                match schema {
                    Value::Object(schema) => parts.push(schema),
                    Value::Bool(true) => {}
                    _ => return Err(refused("no value is allowed where one is needed")),
                }
            }
            flat.merge(part);
        }
        Ok(flat)
    }

    fn lookup(&self, reference: &str) -> Result<&Value, Error> {
        let pointer = reference.strip_prefix('#');
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| refused(&format!("`$ref` to `{reference}` leads nowhere in it")))
    }
}

/// Returns a value where all are allowed.
fn anything(variant: u64) -> Value {
    match variant {
        0 => Value::Null,
        _ => Value::from(variant),
    }
}

fn pick(values: &[Value], schema: &Map<String, Value>, variant: u64) -> Result<Value, Error> {
    let mut fitting = values.iter().filter(|value| scalar::fits(value, schema));
    let at = usize::try_from(variant).unwrap_or(usize::MAX);
    let value = fitting.clone().nth(at).or_else(|| fitting.next());
    value
        .cloned()
        .ok_or_else(|| refused("no value of `enum` or `const` fits it"))
}

/// Returns the schema of an item; `items` as a list is how drafts before 2020-12 wrote `prefixItems`.
fn item_schema(schema: &Map<String, Value>, number: u64) -> &Value {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    let (prefix, rest) = match schema.get("items") {
        Some(Value::Array(prefix)) => (Some(prefix), schema.get("additionalItems")),
        rest => (schema.get("prefixItems").and_then(Value::as_array), rest),
    };
    prefix
        .and_then(|prefix| prefix.get(at))
        .or(rest)
        .unwrap_or(&Value::Bool(true))
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Reads a limit on a count.
fn count(schema: &Map<String, Value>, keyword: &str) -> Result<Option<u64>, Error> {
    match schema.get(keyword).and_then(Value::as_u64) {
        Some(count) if count > MAX_COUNT && !keyword.starts_with("max") => {
            Err(refused(&format!("`{keyword}` is larger than {MAX_COUNT}")))
        }
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests;
