//! Conditions and updates, in the part of DynamoDB's expression language that records
//! need. The rest is refused by name.
//!
//! ```text
//! condition   = term { "OR" term }
//! term        = factor { "AND" factor }
//! factor      = "NOT" factor | "(" condition ")" | function | comparison
//! function    = ( "attribute_exists" | "attribute_not_exists" ) "(" name ")"
//! comparison  = operand ( "=" | "<" | "<=" | ">" | ">=" ) operand
//! operand     = name | value
//! update      = "SET" name "=" value { "," name "=" value }
//! ```
//!
//! A `name` is an attribute's name or `#word`, a `value` is `:word`; both words are
//! resolved from the request. As in DynamoDB, all that a request defines must be used.
//! Unlike DynamoDB this does not know the 573 reserved words.

use std::collections::{BTreeMap, BTreeSet};

use crate::item::{Item, Value};

/// What an expression's words stand for.
#[derive(Debug, Default)]
pub(crate) struct Words {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, Value>,
    used: BTreeSet<String>,
}

/// A condition on an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Exists(String),
    Compare(Operand, Comparison, Operand),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    Attribute(String),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Condition {
    /// Whether it holds for an item. A missing item has no attributes.
    pub(crate) fn holds(&self, item: Option<&Item>) -> bool {
        match self {
            Self::Not(condition) => !condition.holds(item),
            Self::And(one, other) => one.holds(item) && other.holds(item),
            Self::Or(one, other) => one.holds(item) || other.holds(item),
            Self::Exists(name) => item.is_some_and(|item| item.contains_key(name)),
            Self::Compare(left, comparison, right) => match (left.value(item), right.value(item)) {
                (Some(left), Some(right)) => comparison.holds(left, right),
                _ => false,
            },
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, item: Option<&'a Item>) -> Option<&'a Value> {
        match self {
            Self::Attribute(name) => item?.get(name),
            Self::Value(value) => Some(value),
        }
    }
}

impl Comparison {
    /// Values of different types are neither equal nor in any order.
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            // Both have the order of their bytes.
            (Value::S(left), Value::S(right)) => left.cmp(right),
            (Value::N(left), Value::N(right)) => left.cmp(right),
            (Value::S(_), Value::N(_)) | (Value::N(_), Value::S(_)) => return false,
        };
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

impl Words {
    pub(crate) fn new(names: BTreeMap<String, String>, values: BTreeMap<String, Value>) -> Self {
        Self { names, values, used: BTreeSet::new() }
    }

    /// Reads a condition.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn condition(&mut self, text: &str) -> Result<Condition, String> {
        self.read("ConditionExpression", text, |reader| reader.condition())
    }

    /// Reads an update, as the attributes that it sets.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn update(&mut self, text: &str) -> Result<Vec<(String, Value)>, String> {
        self.read("UpdateExpression", text, |reader| reader.update())
    }

    fn read<T>(
        &mut self,
        kind: &str,
        text: &str,
        read: impl FnOnce(&mut Reader<'_, '_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let refused = |problem: String| format!("Invalid {kind}: {problem}");
        let tokens = tokens(text).map_err(refused)?;
        let mut reader = Reader { tokens: &tokens, words: self };
        let read = read(&mut reader).map_err(refused)?;
        match reader.tokens {
            [] => Ok(read),
            [token, ..] => Err(refused(syntax(token))),
        }
    }

    /// Checks that each word of the request is in one of its expressions.
    ///
    /// # Errors
    /// Which are not.
    pub(crate) fn check_used(&self) -> Result<(), String> {
        let unused = |words: Vec<&String>| {
            words.into_iter().filter(|word| !self.used.contains(*word)).cloned().collect()
        };
        for (field, unused) in [
            ("ExpressionAttributeNames", unused(self.names.keys().collect())),
            ("ExpressionAttributeValues", unused(self.values.keys().collect())),
        ] {
            let unused: Vec<String> = unused;
            if !unused.is_empty() {
                let keys = unused.join(", ");
                return Err(format!(
                    "Value provided in {field} unused in expressions: keys: {{{keys}}}"
                ));
            }
        }
        Ok(())
    }
}

/// The parts of an expression: words, with their sign if they have one, and symbols.
fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let sign = usize::from(matches!(first, '#' | ':'));
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = rest[sign..].find(|c| !is_word(c)).unwrap_or(rest.len() - sign);
        let length = match first {
            _ if word > 0 => sign + word,
            '<' | '>' if rest[1..].starts_with('=') => 2,
            '(' | ')' | ',' | '=' | '<' | '>' => 1,
            _ => return Err(syntax(&first.to_string())),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn syntax(token: &str) -> String {
    format!("Syntax error; token: \"{token}\"")
}

/// Reads tokens from the front.
struct Reader<'a, 'w> {
    tokens: &'a [&'a str],
    words: &'w mut Words,
}

impl<'a> Reader<'a, '_> {
    fn condition(&mut self) -> Result<Condition, String> {
        let mut condition = self.term()?;
        while self.takes_word("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.term()?));
        }
        Ok(condition)
    }

    fn term(&mut self) -> Result<Condition, String> {
        let mut term = self.factor()?;
        while self.takes_word("AND") {
            term = Condition::And(Box::new(term), Box::new(self.factor()?));
        }
        Ok(term)
    }

    fn factor(&mut self) -> Result<Condition, String> {
        if self.takes_word("NOT") {
            return Ok(Condition::Not(Box::new(self.factor()?)));
        }
        if self.takes("(") {
            let condition = self.condition()?;
            self.expect(")")?;
            return Ok(condition);
        }
        if let [function, "(", ..] = self.tokens {
            return self.function(function);
        }
        let left = self.operand()?;
        let comparison = match self.next()? {
            "=" => Comparison::Equal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            other => return Err(syntax(other)),
        };
        Ok(Condition::Compare(left, comparison, self.operand()?))
    }

    fn function(&mut self, function: &str) -> Result<Condition, String> {
        let exists = match function {
            "attribute_exists" => true,
            "attribute_not_exists" => false,
            other => return Err(format!("The function {other} is not served here")),
        };
        self.next()?;
        self.expect("(")?;
        let name = self.name()?;
        self.expect(")")?;
        let condition = Condition::Exists(name);
        Ok(if exists { condition } else { Condition::Not(Box::new(condition)) })
    }

    fn update(&mut self) -> Result<Vec<(String, Value)>, String> {
        if !self.takes_word("SET") {
            return Err("only SET is served here".to_owned());
        }
        let mut set: Vec<(String, Value)> = Vec::new();
        loop {
            let name = self.name()?;
            self.expect("=")?;
            let token = self.next()?;
            let value = self.value(token)?;
            if set.iter().any(|(other, _)| *other == name) {
                return Err(format!(
                    "Two document paths overlap with each other; must remove or rewrite one of \
                     these paths; path one: [{name}], path two: [{name}]"
                ));
            }
            set.push((name, value));
            if !self.takes(",") {
                return Ok(set);
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.tokens {
            [word, ..] if word.starts_with(':') => {
                let word = self.next()?;
                self.value(word).map(Operand::Value)
            }
            _ => self.name().map(Operand::Attribute),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let word = self.next()?;
        if word.starts_with('#') {
            let name = self.words.names.get(word).cloned().ok_or_else(|| {
                format!(
                    "An expression attribute name used in the document path is not defined; \
                     attribute name: {word}"
                )
            })?;
            self.words.used.insert(word.to_owned());
            return Ok(name);
        }
        match word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            true => Ok(word.to_owned()),
            false => Err(syntax(word)),
        }
    }

    fn value(&mut self, word: &str) -> Result<Value, String> {
        if !word.starts_with(':') {
            return Err(syntax(word));
        }
        let value = self.words.values.get(word).cloned().ok_or_else(|| {
            format!(
                "An expression attribute value used in expression is not defined; attribute \
                 value: {word}"
            )
        })?;
        self.words.used.insert(word.to_owned());
        Ok(value)
    }

    fn next(&mut self) -> Result<&'a str, String> {
        let [first, rest @ ..] = self.tokens else { return Err(syntax("<EOF>")) };
        self.tokens = rest;
        Ok(first)
    }

    fn takes(&mut self, token: &str) -> bool {
        let [first, rest @ ..] = self.tokens else { return false };
        let taken = *first == token;
        if taken {
            self.tokens = rest;
        }
        taken
    }

    /// Takes a keyword, in capitals or not.
    fn takes_word(&mut self, keyword: &str) -> bool {
        let [first, ..] = self.tokens else { return false };
        first.eq_ignore_ascii_case(keyword) && {
            let first = *first;
            self.takes(first)
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.takes(token) {
            Ok(())
        } else {
            Err(syntax(self.tokens.first().unwrap_or(&"<EOF>")))
        }
    }
}

#[cfg(test)]
mod tests;
