//! Codes of countries.

/// Every country's code of ISO 3166-1, in alphabetical order.
pub const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO \
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
    ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN \
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH \
    MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN \
    PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ \
    TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Reads the code of a country, such as `DE` or `at`. Answers with what is wrong with it and what to write instead.
pub fn read(text: &str) -> Result<String, (String, &'static str)> {
    let code = text.trim().to_ascii_uppercase();
    if COUNTRIES.split_whitespace().any(|known| known == code) {
        return Ok(code);
    }
    let next = if code == "UK" { "The United Kingdom is GB." } else { "Write two letters, for example JP." };
    Err((format!("“{}” is no country.", text.chars().take(20).collect::<String>()), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_249_and_in_order() {
        let codes: Vec<&str> = COUNTRIES.split_whitespace().collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted());
    }

    #[test]
    fn a_code_is_read_in_any_case_and_refused_where_there_is_no_such_country() {
        assert_eq!(read(" at ").as_deref(), Ok("AT"));
        assert_eq!(read("UK").unwrap_err().1, "The United Kingdom is GB.");
        for odd in ["", "D", "D1", "XX", "Japan", "DE AT"] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
