//! The mini language: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.

/// A format of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) fill: char,
    /// `<`, `>`, `^`, or `=` for fill between the sign and the digits.
    pub(super) align: Option<char>,
    pub(super) sign: Sign,
    pub(super) alternate: bool,
    pub(super) width: usize,
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
    /// A `0` before the width.
    pub(super) zero: bool,
}

/// What stands before a number that is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Nothing,
    Plus,
    Space,
}

/// A number cut into what is written where.
#[derive(Debug, Default)]
pub(super) struct Figures<'a> {
    pub(super) negative: bool,
    /// `0x` and the like.
    pub(super) prefix: &'a str,
    pub(super) whole: &'a str,
    /// All after the whole digits: point, fraction, exponent, percent sign.
    pub(super) tail: &'a str,
    /// Digits between separators; 0 for the words of decimals, which take no zeros either.
    pub(super) group: usize,
}

/// Largest width and precision; a typing error must not fill the memory.
const WIDTH_MAX: usize = 10_000;

impl Spec {
    /// Reads a spec, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.chars().peekable();
        let mut ahead = text.chars();
        let (first, second) = (ahead.next(), ahead.next());
        let is_align = |c: Option<char>| matches!(c, Some('<' | '>' | '^' | '='));
        let (mut fill, mut align) = (None, None);
        if is_align(second) {
            fill = rest.next();
            align = rest.next();
        } else if is_align(first) {
            align = rest.next();
        }
        let sign = match rest.next_if(|c| matches!(c, '+' | '-' | ' ')) {
            Some('+') => Sign::Plus,
            Some(' ') => Sign::Space,
            _ => Sign::Nothing,
        };
        let alternate = rest.next_if_eq(&'#').is_some();
        let zero = rest.next_if_eq(&'0').is_some();
        let width = digits(&mut rest)?.unwrap_or(0);
        let grouping = rest.next_if(|c| matches!(c, ',' | '_'));
        let precision = match rest.next_if_eq(&'.') {
            Some(_) => Some(digits(&mut rest)?.ok_or("the precision is missing")?),
            None => None,
        };
        let kind = rest.next();
        if rest.next().is_some() {
            return Err("is no format".into());
        }
        let fill = fill.unwrap_or(if zero { '0' } else { ' ' });
        Ok(Self { fill, align, sign, alternate, width, grouping, precision, kind, zero })
    }

    /// Writes a text in this format.
    pub(super) fn write_text(&self, out: &mut String, text: &str) -> Result<(), String> {
        let is_text = matches!(self.kind, None | Some('s'));
        if !is_text || self.sign != Sign::Nothing || self.align == Some('=') || self.alternate {
            return Err("a text does not take this format".into());
        }
        if self.grouping.is_some() {
            return Err("a text has no thousands".into());
        }
        let end = self.precision.and_then(|chars| text.char_indices().nth(chars));
        let cut = end.map_or(text, |(at, _)| text.get(..at).unwrap_or(text));
        self.pad(out, cut, '<');
        Ok(())
    }

    /// Writes a number in this format.
    pub(super) fn write_figures(&self, out: &mut String, figures: &Figures<'_>) {
        let mut text = String::new();
        match (figures.negative, self.sign) {
            (true, _) => text.push('-'),
            (false, Sign::Plus) => text.push('+'),
            (false, Sign::Space) => text.push(' '),
            (false, Sign::Nothing) => {}
        }
        text.push_str(figures.prefix);
        let before = text.len();
        let fill_inside = self.align == Some('=') || (self.align.is_none() && self.zero);
        let is_word = figures.group == 0;
        let zeros = fill_inside && self.fill == '0' && !is_word;
        let width = if zeros { self.width.saturating_sub(before + figures.tail.len()) } else { 0 };
        self.push_grouped(&mut text, figures, width);
        text.push_str(figures.tail);
        if fill_inside && !zeros {
            let fill = if is_word && self.align.is_none() { ' ' } else { self.fill };
            let missing = self.width.saturating_sub(text.chars().count());
            if is_word && self.align.is_none() {
                out.extend(std::iter::repeat_n(fill, missing));
                return out.push_str(&text);
            }
            let (sign, digits) = text.split_at(before);
            out.push_str(sign);
            out.extend(std::iter::repeat_n(fill, missing));
            return out.push_str(digits);
        }
        self.pad(out, &text, '>');
    }

    /// The whole digits with separators, and zeros before them up to `width` characters.
    fn push_grouped(&self, out: &mut String, figures: &Figures<'_>, width: usize) {
        let (Some(separator), false) = (self.grouping, figures.group == 0) else {
            let zeros = width.saturating_sub(figures.whole.len());
            out.extend(std::iter::repeat_n('0', zeros));
            return out.push_str(figures.whole);
        };
        let grouped = |digits: usize| digits + digits.saturating_sub(1) / figures.group;
        let mut digits = figures.whole.len();
        while grouped(digits) < width {
            digits += 1;
        }
        let zeros = std::iter::repeat_n('0', digits - figures.whole.len());
        for (index, digit) in zeros.chain(figures.whole.chars()).enumerate() {
            if index > 0 && (digits - index).is_multiple_of(figures.group) {
                out.push(separator);
            }
            out.push(digit);
        }
    }

    fn pad(&self, out: &mut String, text: &str, default_align: char) {
        let missing = self.width.saturating_sub(text.chars().count());
        let before = match self.align.unwrap_or(default_align) {
            '<' => 0,
            '^' => missing / 2,
            _ => missing,
        };
        out.extend(std::iter::repeat_n(self.fill, before));
        out.push_str(text);
        out.extend(std::iter::repeat_n(self.fill, missing - before));
    }
}

fn digits(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Option<usize>, String> {
    let mut number = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        rest.next();
        let digit = usize::try_from(digit).unwrap_or_default();
        let value = number.unwrap_or(0_usize).saturating_mul(10).saturating_add(digit);
        if value > WIDTH_MAX {
            return Err(format!("the width is beyond {WIDTH_MAX}"));
        }
        number = Some(value);
    }
    Ok(number)
}
