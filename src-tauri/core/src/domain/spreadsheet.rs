//! Tables for spreadsheet programs: CSV in UTF-8 (RFC 4180).

/// The mark by which Excel recognises UTF-8. It begins a file.
pub const BYTE_ORDER_MARK: char = '\u{feff}';
/// The characters with which a cell begins that a spreadsheet program takes for a formula, those of full width among them.
const BEGINS_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Returns rows as CSV. A cell that a spreadsheet program would run as a formula begins with an apostrophe.
#[must_use]
pub fn table<const COLUMNS: usize>(rows: impl IntoIterator<Item = [String; COLUMNS]>) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    for row in rows {
        add_line(&mut text, &row);
    }
    text
}

/// Whether a cell is a negative number or a negative time, which no program runs.
fn is_negative(cell: &str) -> bool {
    cell.strip_prefix('-')
        .is_some_and(|rest| rest.bytes().all(|letter| letter.is_ascii_digit() || b":.".contains(&letter)))
}

/// Adds a line. A cell that a spreadsheet program would run as a formula begins with an apostrophe.
pub fn add_line(text: &mut String, cells: &[String]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let is_formula = cell.trim_start_matches(' ').starts_with(BEGINS_FORMULA) && !is_negative(cell);
        let apostrophe = if is_formula { "'" } else { "" };
        if is_formula || cell.contains([',', ';', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(apostrophe);
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}
