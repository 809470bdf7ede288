//! Files for spreadsheet programs (RFC 4180), in which no cell becomes a formula.

/// The mark by which Excel recognises UTF-8. It begins a file.
pub const BYTE_ORDER_MARK: char = '\u{feff}';
/// The characters with which a cell begins that a spreadsheet program takes for a formula, those of full width among them.
const BEGINS_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Adds a line. A cell that a spreadsheet program would run as a formula begins with an apostrophe.
pub fn add_line(text: &mut String, cells: &[String]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let is_formula = cell.trim_start_matches(' ').starts_with(BEGINS_FORMULA);
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
