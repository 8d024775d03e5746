//! Paths as Kong's router sees them: one spelling for each.

/// Brings a path into its normal form: no dot segments, no doubled slashes,
/// unreserved characters decoded, escapes in capitals.
pub(crate) fn normalise(path: &str) -> String {
    let decoded = decode_unreserved(path);
    if !decoded.contains("//") && !decoded.contains("/.") {
        return decoded;
    }

    let mut segments: Vec<&str> = Vec::new();
    let mut ends_with_slash = false;
    for segment in decoded.split('/') {
        ends_with_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut normal = format!("/{}", segments.join("/"));
    if ends_with_slash && !segments.is_empty() {
        normal.push('/');
    }
    normal
}

/// Decodes the escapes that mean the same as the character itself (RFC 3986, 2.3).
pub(crate) fn decode_unreserved(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(escape) = rest.get(..3) else { break };
        match u8::from_str_radix(&escape[1..], 16).map(char::from) {
            Ok(plain) if plain.is_ascii_alphanumeric() || "-._~".contains(plain) => {
                decoded.push(plain);
            }
            _ => decoded.push_str(&escape.to_ascii_uppercase()),
        }
        rest = &rest[3..];
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_has_one_normal_form() {
        for (path, normal) in [
            ("/", "/"),
            ("/v1/users/me", "/v1/users/me"),
            ("/v1/users/%6de", "/v1/users/me"),
            ("/v1//users///me", "/v1/users/me"),
            ("/v1/./users/x/../me", "/v1/users/me"),
            ("/v1/users/me/", "/v1/users/me/"),
            ("/v1/users/me/..", "/v1/users/"),
            ("/../../v1", "/v1"),
            ("/a%2fb", "/a%2Fb"), // an escaped slash separates nothing
            ("/a%2", "/a%2"),
            ("/%e5%a4%a9", "/%E5%A4%A9"),
        ] {
            assert_eq!(normalise(path), normal, "{path}");
        }
    }
}
