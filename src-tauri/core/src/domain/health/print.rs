//! Pages for printing: one HTML file that loads nothing, has no script and is legible in black and white. Every text is
//! escaped here, and stands in an element of its own direction.

use std::fmt::Write as _;

use crate::domain::text::{html_escaped, visible};

/// The style of all pages, for A4 and for the screen.
const STYLE: &str = "@page{size:A4;margin:18mm}\
*{box-sizing:border-box}\
body{font:10.5pt/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:174mm;margin:0 auto;padding:8mm 0;overflow-wrap:anywhere}\
h1{font-size:19pt;line-height:1.2;margin:0 0 2mm}h2{font-size:12.5pt;margin:7mm 0 2mm;break-after:avoid}\
p{margin:0 0 2mm}.quiet{color:#444}.said{white-space:pre-wrap}\
table{border-collapse:collapse;width:100%}th,td{text-align:start;vertical-align:top;padding:1mm 3mm 1mm 0;border-bottom:.3pt solid #999}\
thead{display:table-header-group}tr{break-inside:avoid}td.n,th.n{text-align:end}\
svg{display:block;width:100%;height:38mm;margin:2mm 0}\
@media print{body{padding:0}}";

/// A page that is being written.
#[derive(Debug, Clone, Default)]
pub struct Page {
    body: String,
}

/// A text for an element: escaped, without invisible characters, and apart from the direction of the text around it.
#[must_use]
pub fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", html_escaped(&visible(text)))
}

impl Page {
    /// Adds a heading.
    pub fn heading(&mut self, words: &str) {
        writeln!(self.body, "<h2>{}</h2>", bdi(words)).ok();
    }

    /// Adds a paragraph.
    pub fn words(&mut self, words: &str) {
        writeln!(self.body, "<p dir=\"auto\">{}</p>", html_escaped(&visible(words))).ok();
    }

    /// Adds a paragraph in a quieter colour.
    pub fn note(&mut self, words: &str) {
        writeln!(self.body, "<p class=\"quiet\" dir=\"auto\">{}</p>", html_escaped(&visible(words))).ok();
    }

    /// Adds a table of names and values. Nothing is added without rows.
    pub fn facts(&mut self, rows: &[(&str, String)]) {
        if rows.is_empty() {
            return;
        }
        self.body.push_str("<table><tbody>\n");
        for (name, value) in rows {
            writeln!(self.body, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", bdi(name), bdi(value)).ok();
        }
        self.body.push_str("</tbody></table>\n");
    }

    /// Adds a table. Nothing is added without rows.
    pub fn table(&mut self, columns: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.body.push_str("<table><thead><tr>");
        for column in columns {
            write!(self.body, "<th scope=\"col\">{}</th>", bdi(column)).ok();
        }
        self.body.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for cell in row {
                // Line breaks of what people wrote stay.
                let lines = cell.lines().map(bdi).collect::<Vec<_>>().join("\n");
                write!(self.body, "<td class=\"said\">{lines}</td>").ok();
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table>\n");
    }

    /// Adds a chart of bars: the height of each is a share from 0 to 1, and `words` says what it shows. The same numbers
    /// stand in a table below it. Nothing is added without bars.
    pub fn bars(&mut self, words: &str, columns: [&str; 2], bars: &[(String, f64, String)]) {
        if bars.is_empty() {
            return;
        }
        let title = html_escaped(&visible(words));
        let step = 100.0 / f64::from(u32::try_from(bars.len()).unwrap_or(u32::MAX));
        write!(self.body, "<svg viewBox=\"0 0 100 30\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>").ok();
        for (place, (_, share, _)) in bars.iter().enumerate() {
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
            let left = step * f64::from(u32::try_from(place).unwrap_or(u32::MAX));
            let (width, height) = (step * 0.7, share * 28.0);
            write!(
                self.body,
                "<rect x=\"{left:.2}\" y=\"{:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"#555\"/>",
                29.0 - height
            )
            .ok();
        }
        self.body.push_str("<path d=\"M0 29.5H100\" stroke=\"#111\" stroke-width=\".4\"/></svg>\n");
        let rows: Vec<_> = bars.iter().map(|(name, _, value)| vec![name.clone(), value.clone()]).collect();
        self.table(&columns, &rows);
    }

    /// The whole page. The words below the title say what it is and when it was made.
    #[must_use]
    pub fn written(&self, title: &str, below: &str) -> String {
        let plain = html_escaped(&visible(title));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{plain}</title>\n<style>{STYLE}</style></head>\n<body>\n<h1>{}</h1>\n<p class=\"quiet\">{}</p>\n{}</body>\n</html>\n",
            bdi(title),
            html_escaped(&visible(below)),
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_text() {
        let hostile = "</bdi><script>alert(1)</script>\u{202e}\"'&";
        let mut page = Page::default();
        page.heading(hostile);
        page.words(hostile);
        page.facts(&[("Title", hostile.to_owned())]);
        page.table(&["Name"], &[vec![hostile.to_owned()]]);
        page.bars(hostile, ["Week", "Share"], &[(hostile.to_owned(), f64::NAN, hostile.to_owned())]);
        let written = page.written(hostile, hostile);
        assert!(!written.contains("<script") && !written.contains('\u{202e}'), "{written}");
        assert_eq!(written.matches("<bdi>").count(), written.matches("</bdi>").count());
        assert!(!written.contains("NaN") && !written.contains("http:") && !written.contains("https:"), "{written}");
        assert!(!written.contains("src=") && !written.contains("href="), "{written}");
    }

    #[test]
    fn the_lines_of_a_text_stay_apart() {
        let mut page = Page::default();
        page.table(&["Said"], &[vec!["one\ntwo".to_owned()]]);
        assert!(page.written("Page", "").contains("<bdi>one</bdi>\n<bdi>two</bdi>"));
    }
}
