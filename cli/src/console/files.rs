//! The files of `web/console`, in the program: whoever has `tenjo` needs nothing else.

/// A file of the console.
pub(crate) struct File {
    path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) content: &'static str,
}

macro_rules! files {
    ($($name:literal as $content_type:literal),+ $(,)?) => {
        &[$(File {
            path: concat!("/", $name),
            content_type: $content_type,
            content: include_str!(concat!("../../../web/console/", $name)),
        }),+]
    };
}

pub(super) const FILES: &[File] = files![
    "index.html" as "text/html; charset=utf-8",
    "style.css" as "text/css; charset=utf-8",
    "icon.svg" as "image/svg+xml",
    "main.js" as "text/javascript; charset=utf-8",
    "api.js" as "text/javascript; charset=utf-8",
    "act.js" as "text/javascript; charset=utf-8",
    "dom.js" as "text/javascript; charset=utf-8",
    "show.js" as "text/javascript; charset=utf-8",
    "diff.js" as "text/javascript; charset=utf-8",
    "lists.js" as "text/javascript; charset=utf-8",
    "overview.js" as "text/javascript; charset=utf-8",
    "player.js" as "text/javascript; charset=utf-8",
    "presents.js" as "text/javascript; charset=utf-8",
    "pools.js" as "text/javascript; charset=utf-8",
    "service.js" as "text/javascript; charset=utf-8",
    "log.js" as "text/javascript; charset=utf-8",
];

/// The file at a path.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    let path = if path == "/" { "/index.html" } else { path };
    FILES.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_all_of_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/console");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| format!("/{}", file.unwrap().file_name().into_string().unwrap()))
            .filter(|name| !name.ends_with("README.md") && !name.ends_with("tsconfig.json"))
            .collect();
        there.sort();
        let mut served: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        served.sort_unstable();
        assert_eq!(served, there);
    }

    #[test]
    fn no_page_has_a_script_or_a_style_of_its_own_or_names_another_host() {
        for file in FILES {
            let text = file.content.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", file.path);
            assert!(!text.contains("innerHTML"), "{}", file.path);
        }
        let index = find("/").unwrap().content;
        assert!(!index.contains("<style") && !index.contains(" style="));
        assert_eq!(index.matches("<script").count(), 1);
        assert!(index.contains(r#"<script type="module" src="/main.js"></script>"#));
    }
}
