//! Reads conditions: `or` binds loosest, then `and`, then `not`.

use tabular::{Kind, Value};

use super::{Node, Operand, Operator};
use crate::limits::EXPRESSION_DEPTH_MAX;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Number(String),
    Operator(Operator),
    Open,
    Close,
}

/// The condition that `text` is, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
    let node = parser.any()?;
    match parser.tokens.next() {
        None => Ok(node),
        Some(token) => Err(format!("nothing more was expected at {token:?}")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, rest.get(1..)),
            ')' => (Token::Close, rest.get(1..)),
            '\'' => quoted(rest, '\'').map(|(text, after)| (Token::Text(text), Some(after)))?,
            '"' => quoted(rest, '"').map(|(text, after)| (Token::Quoted(text), Some(after)))?,
            '<' | '>' | '=' | '!' => operator(rest)?,
            '-' | '+' | '.' | '0'..='9' => {
                let (number, after) =
                    split(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
                (Token::Number(number.to_owned()), Some(after))
            }
            c if c.is_alphanumeric() || c == '_' => {
                let (word, after) = split(rest, |c| c.is_alphanumeric() || c == '_');
                (Token::Word(word.to_owned()), Some(after))
            }
            other => return Err(format!("`{other}` has no meaning here")),
        };
        tokens.push(token);
        rest = after.unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// A quoted piece; a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let Some((before, after)) = rest.split_once(quote) else {
            return Err(format!("the quote {quote} is not closed"));
        };
        out.push_str(before);
        match after.strip_prefix(quote) {
            Some(further) => {
                out.push(quote);
                rest = further;
            }
            None => return Ok((out, after)),
        }
    }
}

fn operator(text: &str) -> Result<(Token, Option<&str>), String> {
    let known = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("!=", Operator::NotEqual),
        ("<>", Operator::NotEqual),
        ("==", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ];
    known
        .iter()
        .find_map(|(written, operator)| {
            Some((Token::Operator(*operator), Some(text.strip_prefix(written)?)))
        })
        .ok_or_else(|| "`!` is followed by `=`".to_owned())
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.all()?];
        while self.takes("or") {
            nodes.push(self.all()?);
        }
        Ok(single(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.not()?];
        while self.takes("and") {
            nodes.push(self.not()?);
        }
        Ok(single(nodes, Node::All))
    }

    fn not(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            return Err(format!("it is nested deeper than {EXPRESSION_DEPTH_MAX} levels"));
        }
        let node = if self.takes("not") {
            Node::Not(Box::new(self.not()?))
        } else if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inner = self.any()?;
            self.tokens.next_if_eq(&Token::Close).ok_or("a `(` is not closed")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, String> {
        let left = self.operand()?;
        if self.takes("is") {
            let negated = self.takes("not");
            if !self.takes("null") {
                return Err("after `is` comes `null` or `not null`".into());
            }
            let node = Node::IsNull(left);
            return Ok(if negated { Node::Not(Box::new(node)) } else { node });
        }
        match self.tokens.next() {
            Some(Token::Operator(operator)) => Ok(Node::Compare(left, operator, self.operand()?)),
            other => Err(format!("a comparison was expected, found {}", shown(other.as_ref()))),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let literal = |kind, text: String| Ok(Operand::Literal(Value::new(kind, text)));
        match self.tokens.next() {
            Some(Token::Text(text)) => literal(Kind::Text, text),
            Some(Token::Number(text)) if text.parse::<f64>().is_ok() => literal(Kind::Number, text),
            Some(Token::Word(word)) if word == "true" || word == "false" => {
                literal(Kind::Boolean, word)
            }
            Some(Token::Word(word)) if word == "null" => Ok(Operand::Null),
            Some(Token::Word(name) | Token::Quoted(name)) => Ok(Operand::Field(name)),
            other => {
                Err(format!("a field or a value was expected, found {}", shown(other.as_ref())))
            }
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        self.tokens
            .next_if(|token| matches!(token, Token::Word(w) if w.eq_ignore_ascii_case(word)))
            .is_some()
    }
}

fn single(mut nodes: Vec<Node>, several: impl FnOnce(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        1 => nodes.remove(0),
        _ => several(nodes),
    }
}

fn shown(token: Option<&Token>) -> String {
    token.map_or_else(|| "the end".into(), |token| format!("{token:?}"))
}
