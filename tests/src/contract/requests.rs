//! Requests of an operation, one change at a time.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::candidates::{base, numbers, objects, texts};
use super::operation::{Operation, Place};

/// A request, as it is on the wire but for its token, host and address.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path of the operation, with its parameters in braces.
    pub path: String,
    /// What stands for them, as it is on the wire.
    pub path_values: Vec<(String, String)>,
    /// As it is on the wire; empty for none.
    pub query: String,
    /// Names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; `None` without one.
    pub body: Option<Vec<u8>>,
    /// Whether the body comes in chunks, without its length.
    pub is_chunked: bool,
}

/// A request, and how it differs from one that is allowed.
#[derive(Debug, Clone)]
pub struct Case {
    /// What was changed.
    pub change: String,
    /// The request.
    pub request: Request,
}

impl Request {
    /// The request of the examples, which is allowed.
    #[must_use]
    pub fn of(operation: &Operation) -> Self {
        let of_path = operation.parameters.iter().filter(|known| known.place == Place::Path);
        let path_values = of_path
            .map(|known| (known.name.clone(), known.example.clone().expect("an example")))
            .collect();
        let body = operation.body.as_ref().map(|body| {
            let fields = base(&body.schema, Some(&body.example));
            objects(&body.schema, &fields).swap_remove(0).into_bytes()
        });
        let json = body.iter().map(|_| ("Content-Type".to_owned(), b"application/json".to_vec()));
        Self {
            method: operation.method.clone(),
            path: operation.path.clone(),
            path_values,
            query: String::new(),
            headers: json.collect(),
            body,
            is_chunked: false,
        }
    }

    /// The values of the headers of this name, as a reader of HTTP sees them: without
    /// the blanks around them.
    pub(super) fn values_of(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let values = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        values.map(|(_, value)| {
            let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
            let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
            &value[start..end]
        })
    }

    /// Whether a header that the contract names comes twice. Lambda makes one of the
    /// two, so a function cannot know.
    #[must_use]
    pub fn has_doubled_header(&self) -> bool {
        ["X-Request-ID", "Idempotency-Key", "If-None-Match", "Accept-Language"]
            .iter()
            .any(|name| self.values_of(name).count() > 1)
    }

    /// The path and query, below `prefix`.
    #[must_use]
    pub fn target(&self, prefix: &str) -> String {
        let path = self.path_values.iter().fold(self.path.clone(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{prefix}{path}{mark}{}", self.query)
    }

    /// The bytes on the wire, with `more` headers.
    #[must_use]
    pub fn bytes(&self, prefix: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\n", self.method, self.target(prefix)).into_bytes();
        let mut header = |name: &str, value: &[u8]| {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        header("Host", b"game.example");
        header("Connection", b"close");
        header("Accept", b"*/*");
        for (name, value) in more {
            header(name, value.as_bytes());
        }
        for (name, value) in &self.headers {
            header(name, value);
        }
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_chunked {
            header("Transfer-Encoding", b"chunked");
            bytes.extend_from_slice(b"\r\n");
            for chunk in body.chunks(7) {
                bytes
                    .extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        } else {
            if self.body.is_some() {
                header("Content-Length", body.len().to_string().as_bytes());
            }
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(body);
        }
        bytes
    }
}

/// Every request that differs from the allowed one in one place.
#[must_use]
pub fn cases(operation: &Operation) -> Vec<Case> {
    let example = Request::of(operation);
    let mut cases = vec![Case { change: "none".to_owned(), request: example.clone() }];
    let mut add = |what: &str, value: &str, change: &dyn Fn(&mut Request)| {
        let mut request = example.clone();
        change(&mut request);
        let value: String = value.chars().take(80).collect();
        cases.push(Case { change: format!("{what} {value:?}"), request });
    };
    for parameter in &operation.parameters {
        let name = parameter.name.as_str();
        let values = match parameter.schema["type"].as_str() {
            Some("integer") => numbers(&parameter.schema),
            _ => texts(&parameter.schema, parameter.example.as_deref()),
        };
        match parameter.place {
            Place::Path => {
                for value in values.iter().filter(|value| !value.is_empty()) {
                    let escaped = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
                    add(name, value, &|request| {
                        request.path_values = vec![(name.to_owned(), escaped.clone())];
                    });
                }
                for raw in ["%ff", "%2525", "a%2Fb", "%70ool-standard", "pool-standard;x=1"] {
                    add(name, raw, &|request| {
                        request.path_values = vec![(name.to_owned(), raw.to_owned())];
                    });
                }
            }
            Place::Query => {
                let escaped = values.iter().map(|value| {
                    format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
                });
                let raw = ["", "=", "=%31", "=%2531", "=+1", "=%zz", "==1", "=1&", "=1,2"]
                    .map(|rest| format!("{name}{rest}"));
                let more = [
                    format!("{name}=1&{name}=1"),
                    format!("{name}=1&{name}="),
                    format!("{}=none", name.to_uppercase()),
                    format!("{name}[]=1"),
                    format!("%{:02x}{}=1", name.as_bytes()[0], &name[1..]),
                ];
                for query in escaped.chain(raw).chain(more) {
                    add("query", &query, &|request| request.query = query.clone());
                }
            }
            Place::Header => {
                let plain = values.iter().filter(|value| !value.contains(['\n', '\0']));
                for value in plain {
                    add(name, value, &|request| {
                        request.headers.push((name.to_owned(), value.clone().into_bytes()));
                    });
                }
                for bytes in [&b"\xe9"[..], b"a\xff", b"a,b", b"\"a\"", b"  a  "] {
                    add(name, &String::from_utf8_lossy(bytes), &|request| {
                        request.headers.push((name.to_owned(), bytes.to_vec()));
                    });
                }
                add(name, "twice", &|request| {
                    request.headers.push((name.to_owned(), b"a".to_vec()));
                    request.headers.push((name.to_lowercase(), b"a".to_vec()));
                });
            }
        }
    }
    add("query", "unknown", &|request| request.query = "unknown=1&unknown=2".to_owned());
    let Some(body) = &operation.body else {
        add("a surplus body", "{}", &|request| request.body = Some(b"{}".to_vec()));
        return cases;
    };
    for text in objects(&body.schema, &base(&body.schema, Some(&body.example))) {
        add("body", &text, &|request| request.body = Some(text.clone().into_bytes()));
    }
    let good = example.body.clone().unwrap_or_default();
    let spoilt = |at: &[u8], byte: &[u8]| [at, byte, &good].concat();
    for (what, bytes) in [
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"x\"".to_vec()),
        ("in a list", [&b"["[..], &good, b"]"].concat()),
        ("empty", Vec::new()),
        ("blank", b" \n".to_vec()),
        ("with blanks around", [&b" \r\n\t"[..], &good, b"\n"].concat()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("twice", [&good[..], &good].concat()),
        ("with a mark before", spoilt(b"\xef\xbb\xbf", b"")),
        ("with a comma at the end", [&good[..good.len() - 1], b",}"].concat()),
        ("with a comment", spoilt(b"/* */", b"")),
        ("not UTF-8", [&good[..good.len() - 1], b",\"\xff\":1}"].concat()),
        ("UTF-16", good.iter().flat_map(|byte| [0, *byte]).collect()),
        ("deep", [vec![b'['; 5000], vec![b']'; 5000]].concat()),
        ("deep inside", [&good[..good.len() - 1], b",\"x\":", &[b'['; 5000]].concat()),
    ] {
        add("body", what, &|request| request.body = Some(bytes.clone()));
    }
    add("body", "none", &|request| request.body = None);
    add("body", "in chunks", &|request| request.is_chunked = true);
    for types in [
        &[][..],
        &["application/json; charset=utf-8"],
        &["Application/JSON"],
        &["application/json ;x=1"],
        &["text/plain"],
        &["application/x-www-form-urlencoded"],
        &["application/jsonp"],
        &["application/problem+json"],
        &["application/json, text/plain"],
        &["application/json", "text/plain"],
        &["text/plain", "application/json"],
        &[""],
        &["天"],
    ] {
        add("content types", &types.join(" and "), &|request| {
            let types = types.iter().map(|value| value.as_bytes().to_vec());
            request.headers = types.map(|value| ("Content-Type".to_owned(), value)).collect();
        });
    }
    cases
}
