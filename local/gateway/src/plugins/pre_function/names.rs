//! Which names a piece of Lua takes from outside itself. No Lua is run to find out,
//! so a name in a branch that is never taken is found too.

use std::collections::BTreeSet;

use regex::Regex;

/// Comments and strings first, so that nothing inside them counts as code.
const TOKEN: &str = r#"(?x)
    (?P<skip> --\[\[(?s:.*?)\]\] | --[^\n]* | \[\[(?s:.*?)\]\]
            | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | \d[\w.]* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<sign> \.\.\.? | == | ~= | <= | >= | \S )"#;

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// The names that are not declared in this code, each with the fields that follow it,
/// such as `kong.request.get_headers`.
///
/// It does not follow scopes: a name that is declared anywhere counts as declared
/// everywhere. The code then finds nothing under such a name, and fails when it runs.
pub(super) fn foreign(source: &str) -> BTreeSet<String> {
    let token = Regex::new(TOKEN).expect("a valid expression");
    let tokens: Vec<&str> = token
        .captures_iter(source)
        .map(|found| match found.name("skip") {
            Some(skipped) if !skipped.as_str().starts_with("--") => "\"\"",
            Some(_) => "",
            None => found.get(0).map_or("", |text| text.as_str()),
        })
        .filter(|token| !token.is_empty())
        .collect();
    let declared = declared(&tokens);
    let mut foreign = BTreeSet::new();
    for (at, name) in tokens.iter().enumerate().filter(|(_, token)| is_name(token)) {
        let before = at.checked_sub(1).map_or("", |before| tokens[before]);
        let after = tokens.get(at + 1).copied().unwrap_or_default();
        let is_field = matches!(before, "." | ":");
        let is_key = matches!(before, "{" | ",") && after == "=";
        if is_field || is_key || declared.contains(name) {
            continue;
        }
        let fields = tokens[at + 1..].chunks(2).map_while(|pair| match pair {
            [".", field] if is_name(field) => Some(*field),
            _ => None,
        });
        foreign.insert([*name].into_iter().chain(fields).collect::<Vec<_>>().join("."));
    }
    foreign
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !KEYWORDS.contains(&token)
}

/// What follows `local` and `for`, and the parameters of functions.
fn declared<'a>(tokens: &[&'a str]) -> BTreeSet<&'a str> {
    let mut declared = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let list = match *token {
            "local" | "for" => {
                at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| *next == "function"))
            }
            "function" => {
                let open = tokens[at..].iter().position(|token| *token == "(");
                open.map_or(tokens.len(), |open| at + open + 1)
            }
            _ => continue,
        };
        let names = tokens.iter().skip(list).take_while(|token| is_name(token) || **token == ",");
        declared.extend(names.copied().filter(|token| is_name(token)));
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_from_outside_is_found_with_its_fields() {
        for (source, names) in [
            ("local a = kong.request.get_header('x')", &["kong.request.get_header"][..]),
            ("-- kong.log\nlocal a = 'ngx.say'", &[]),
            ("--[[ kong.log\n os.exit() ]] return 1.5", &[]),
            ("if false then os.exit() end", &["os.exit"]),
            ("local k = kong", &["kong"]),
            ("kong['request'].get_header()", &["kong"]),
            ("for _, x in ipairs({a = 1, b = y}) do x.kong() end", &["ipairs", "y"]),
            ("local function f(a, b) return a .. b .. ngx . var.x end", &["ngx.var.x"]),
            ("x = 1", &["x"]),
            (
                "return kong.response.exit(400, { message = \"no \\\" kong.log\" })",
                &["kong.response.exit"],
            ),
        ] {
            let expected = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(foreign(source), expected, "{source}");
        }
    }
}
