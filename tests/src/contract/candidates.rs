//! Values for a place in a request, from its schema: some that fit it, and many that
//! almost do. Which is which, the schema itself decides.

use serde_json::Value;

/// Texts that fit few places, and have broken readers before.
const ODD_TEXTS: [&str; 25] = [
    "",
    " ",
    "a b",
    " a",
    "a ",
    "a\tb",
    "a\nb",
    "a\0b",
    "天井",
    "é",
    "🎮",
    "👩\u{200d}🚀",
    "\u{200b}",
    "\u{3164}",
    "a\u{202e}b",
    "\u{301}",
    "null",
    "9999-12",
    "0",
    "-1",
    "../..",
    "{}",
    "%00'\"\\",
    "00000000-0000-0000-0000-000000000000",
    "12345678",
];

/// Numbers as text: of JSON, and of other languages.
const ODD_NUMBERS: [&str; 30] = [
    "-1",
    "0",
    "1",
    "-0",
    "-0.0",
    "1.0",
    "1e0",
    "1E0",
    "10e-1",
    "1.5",
    "1e-1",
    "1e2",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775807.0",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e19",
    "1e300",
    "1e400",
    "-1e400",
    "01",
    "+1",
    "1.",
    ".5",
    "0x1",
    "NaN",
];

/// Texts for a schema of type `string`.
pub(super) fn texts(schema: &Value, example: Option<&str>) -> Vec<String> {
    let mut texts: Vec<String> = ODD_TEXTS.iter().map(|text| (*text).to_owned()).collect();
    for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        texts.extend([word.to_owned(), word.to_uppercase(), format!("{word} ")]);
    }
    for bound in [&schema["minLength"], &schema["maxLength"]] {
        let bound = bound.as_u64().and_then(|bound| usize::try_from(bound).ok());
        if let Some(bound) = bound {
            let lengths = [bound.saturating_sub(1), bound, bound + 1];
            texts.extend(lengths.map(varied));
            texts.push("天".repeat(bound));
        }
    }
    if let Some(example) = example {
        texts.extend([
            example.to_owned(),
            example.to_uppercase(),
            format!("{example}\n"),
            format!(" {example}"),
            format!("-{example}"),
            format!("{example}\u{200b}"),
            format!("{example}é"),
            example.replace('-', ""),
            format!("{{{example}}}"),
            format!("urn:uuid:{example}"),
        ]);
    }
    texts
}

/// Numbers for a schema of type `integer`, as text.
pub(super) fn numbers(schema: &Value) -> Vec<String> {
    let mut numbers: Vec<String> = ODD_NUMBERS.iter().map(|text| (*text).to_owned()).collect();
    for bound in [&schema["minimum"], &schema["maximum"]] {
        if let Some(bound) = bound.as_i64() {
            let around = [bound.saturating_sub(1), bound, bound.saturating_add(1)];
            numbers.extend(around.map(|number| number.to_string()));
            numbers.extend([format!("{bound}.0"), format!("{bound}.5"), format!("{bound}e0")]);
        }
    }
    numbers
}

/// JSON texts for any schema.
pub(super) fn json(schema: &Value, example: Option<&Value>) -> Vec<String> {
    let mut all: Vec<String> =
        ["null", "true", "0", "1.5", "\"a\"", "[]", "{}", "[null]", "{\"a\":1}", "\"\\ud800\""]
            .map(str::to_owned)
            .into();
    match schema["type"].as_str() {
        Some("string") => {
            let example = example.and_then(Value::as_str);
            all.extend(
                texts(schema, example).into_iter().map(|text| Value::from(text).to_string()),
            );
            if let Some(example) = example {
                // The same text in other characters, and inside a list.
                let escaped: String =
                    example.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                all.extend([format!("\"{escaped}\""), format!("[\"{example}\"]")]);
            }
        }
        Some("integer") => {
            let numbers = numbers(schema);
            all.extend(numbers.iter().map(|number| format!("\"{number}\"")));
            all.extend(numbers);
        }
        Some("boolean") => all.extend(["false", "\"true\"", "1"].map(str::to_owned)),
        Some("object") => all.extend(objects(schema, &base(schema, example))),
        other => panic!("no values for the type {other:?}"),
    }
    all
}

/// The names and JSON texts of an object that fits its schema, with every field that it
/// may have.
pub(super) fn base(schema: &Value, example: Option<&Value>) -> Vec<(String, String)> {
    let properties = schema["properties"].as_object().expect("an object has properties");
    let value = |name: &str, schema: &Value| {
        let example = example.and_then(|example| example.get(name));
        example.map_or_else(|| fitting(schema), Value::to_string)
    };
    properties.iter().map(|(name, schema)| (name.clone(), value(name, schema))).collect()
}

/// A JSON text that fits, for what examples leave out.
fn fitting(schema: &Value) -> String {
    if let Some(value) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return value.to_string();
    }
    match schema["type"].as_str() {
        Some("string") if schema.get("pattern").is_none() => "\"a\"".to_owned(),
        Some("integer") => schema["minimum"].as_i64().unwrap_or_default().to_string(),
        Some("boolean") => "false".to_owned(),
        Some("object") => object(&base(schema, None)),
        _ => panic!("give an example of {schema}"),
    }
}

/// Objects around one that fits.
pub(super) fn objects(schema: &Value, base: &[(String, String)]) -> Vec<String> {
    let mut all = vec![object(base)];
    let with = |more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        object(&base.iter().cloned().chain(more).collect::<Vec<_>>())
    };
    all.extend([with(&[("surplus", "1")]), with(&[("", "null")]), with(&[("__proto__", "{}")])]);
    for (index, (name, text)) in base.iter().enumerate() {
        let replaced = |name: &str, text: &str| {
            let mut fields = base.to_vec();
            fields[index] = (name.to_owned(), text.to_owned());
            object(&fields)
        };
        let absent: Vec<_> = base.iter().filter(|(other, _)| other != name).cloned().collect();
        all.push(object(&absent));
        all.push(replaced(&name.to_uppercase(), text));
        let example = serde_json::from_str(text).ok();
        let schema = &schema["properties"][name.as_str()];
        all.extend(json(schema, example.as_ref()).iter().map(|text| replaced(name, text)));
        // Twice: good after bad, and bad after good.
        let mut bad_first = vec![(name.clone(), "null".to_owned())];
        bad_first.extend(base.iter().cloned());
        all.push(object(&bad_first));
        all.push(with(&[(name, "null")]));
    }
    all
}

/// Writes an object from the names and JSON texts of its fields.
fn object(fields: &[(String, String)]) -> String {
    let fields = fields.iter().map(|(name, text)| format!("{}:{text}", Value::from(name.as_str())));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// A text of small letters and digits in which nothing repeats.
fn varied(length: usize) -> String {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        char::from_digit((state >> 16) % 36, 36).unwrap_or('x')
    };
    (0..length).map(|_| next()).collect()
}
