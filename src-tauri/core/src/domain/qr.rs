//! QR codes of addresses, as SVG.

use fast_qr::convert::Builder as _;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

use crate::domain::invalid::Invalid;

/// The empty frame around a code, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Draws the QR code of an address. An invitation is long, so the code has the least redundancy and the largest modules.
pub fn svg(address: &str) -> Result<String, Invalid> {
    let code = QRBuilder::new(address).ecl(ECL::L).build().map_err(|_| {
        let message = format!("The address has {} characters, which is too long for a QR code.", address.len());
        Invalid::one("qr", message, "Copy the link instead.")
    })?;
    Ok(SvgBuilder::default().margin(QUIET_ZONE).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_address_becomes_a_drawing_that_holds_no_text_of_it() {
        let address = format!("https://join.example.org/#token={}", "aB3_-.x".repeat(110));
        let drawn = svg(&address).unwrap();
        assert!(drawn.starts_with("<svg") && !drawn.contains("token"), "{drawn}");
        assert!(svg(&"a".repeat(4_000)).is_err());
    }
}
