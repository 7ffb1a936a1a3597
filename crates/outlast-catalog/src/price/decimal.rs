//! Prices as they are published.

use outlast_types::Money;

/// Digits after the point of a price of a million tokens that a pico-dollar a token can tell.
const DIGITS: usize = 6;

/// Reads dollars a million tokens as the price of one token; `None` if that is no number or finer than a pico-dollar.
pub(crate) fn per_token(text: &str) -> Option<Money> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let numeric = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) || fraction.len() > DIGITS {
        return None;
    }
    format!("{whole}{fraction:0<DIGITS$}")
        .parse::<u64>()
        .ok()
        .map(|pico| Money::from_pico_usd(i128::from(pico)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_exactly_or_not_at_all() {
        let check = |text, pico: Option<i128>| {
            assert_eq!(per_token(text), pico.map(Money::from_pico_usd), "{text}");
        };
        check("15", Some(15_000_000));
        check("0.42", Some(420_000));
        check("0.003625", Some(3_625));
        check("0", Some(0));
        check("0.0000001", None);
        check("1e-6", None);
        check("-1", None);
        check(".5", None);
        check("5.", None);
        check("", None);
        check("99999999999999999999", None);
    }
}
