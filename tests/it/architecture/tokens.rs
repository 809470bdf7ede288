//! Splits Rust source into words and signs, without comments and without code that only tests compile.
//!
//! This is no complete parser of Rust. It knows enough grammar to find paths and module declarations.

/// A word, a sign or a literal of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// The word or the sign as written; for a string, the text between its quotes.
    pub text: String,
    /// The line number, counted from 1.
    pub line: usize,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// Punctuation. `::`, `->`, `=>`, `..`, `..=` and `...` are one sign each.
    Sign,
    /// A string. Characters and lifetimes make no tokens, because neither can hold a path.
    Text,
}

impl Token {
    /// Returns whether this token is the sign or the keyword `text`.
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }

    /// Returns the identifier or keyword; `None` for numbers, signs and strings.
    pub fn word(&self) -> Option<&str> {
        let starts_a_name = self.text.starts_with(|first: char| first.is_alphabetic() || first == '_');
        (self.kind == Kind::Word && starts_a_name).then_some(self.text.as_str())
    }
}

/// The tokens of one file: those of every build, and those that only tests compile.
#[derive(Debug, Default)]
pub struct Source {
    /// Tokens that every build compiles.
    pub code: Vec<Token>,
    /// Tokens that only tests compile: items under `#[cfg(test)]`, or the whole file.
    pub tests: Vec<Token>,
}

impl Source {
    /// Splits the text of a file.
    pub fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        let mut at = 0;
        while at < tokens.len() {
            let Some((end, inner)) = attribute(&tokens, at) else {
                source.code.push(tokens[at].clone());
                at += 1;
                continue;
            };
            let needs_tests = needs_tests(&tokens[at..end]);
            if needs_tests && inner {
                return Self { code: Vec::new(), tests: tokens };
            }
            let next = if needs_tests { item_end(&tokens, end) } else { end };
            let part = if needs_tests { &mut source.tests } else { &mut source.code };
            part.extend_from_slice(&tokens[at..next]);
            at = next;
        }
        source
    }
}

/// Returns the index after an attribute that starts at `at`, and whether it is an inner attribute (`#![…]`).
pub fn attribute(tokens: &[Token], at: usize) -> Option<(usize, bool)> {
    if !tokens.get(at)?.is("#") {
        return None;
    }
    let inner = tokens.get(at + 1)?.is("!");
    let open = if inner { at + 2 } else { at + 1 };
    tokens.get(open)?.is("[").then(|| (closing(tokens, open) + 1, inner))
}

/// Returns the index of the bracket that closes the one at `open`; the last index when the file ends before.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index;
            }
        }
    }
    tokens.len() - 1
}

pub fn opens(token: &Token) -> bool {
    token.is("{") || token.is("(") || token.is("[")
}

pub fn closes(token: &Token) -> bool {
    token.is("}") || token.is(")") || token.is("]")
}

/// Returns whether an attribute is a `cfg` that holds only in a build with tests.
fn needs_tests(attribute: &[Token]) -> bool {
    attribute
        .iter()
        .position(|token| token.is("["))
        .map(|open| &attribute[open + 1..])
        .and_then(|inside| inside.split_first())
        .is_some_and(|(first, rest)| first.is("cfg") && predicates(rest).iter().any(|part| predicate_needs_tests(part)))
}

fn predicate_needs_tests(predicate: &[Token]) -> bool {
    let Some((name, rest)) = predicate.split_first() else { return false };
    match name.text.as_str() {
        "test" => rest.is_empty(),
        "all" => predicates(rest).iter().any(|part| predicate_needs_tests(part)),
        "any" => predicates(rest).iter().all(|part| predicate_needs_tests(part)),
        _ => false,
    }
}

/// Returns the parts of a list in brackets, such as `(a, b(c, d), e)`.
fn predicates(tokens: &[Token]) -> Vec<&[Token]> {
    if !tokens.first().is_some_and(|first| first.is("(")) {
        return Vec::new();
    }
    let inside = &tokens[1..closing(tokens, 0)];
    let mut depth = 0_usize;
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, token) in inside.iter().enumerate() {
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is(",") {
            parts.push(&inside[start..index]);
            start = index + 1;
        }
    }
    parts.push(&inside[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns the index after the item that starts at `at`: after its `;` or its block, or for a field or a variant after
/// its `,`.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some((end, _)) = attribute(tokens, at) {
        at = end;
    }
    let until_semicolon = declares(tokens, at, &["use", "const", "static", "type", "let"]);
    let until_block = declares(tokens, at, &["fn", "mod", "struct", "enum", "union", "trait", "impl", "macro_rules"]);
    let mut angles = 0_usize;
    while let Some(token) = tokens.get(at) {
        if closes(token) {
            // The list or block that contains this field ends here.
            return at;
        } else if opens(token) {
            let block = token.is("{");
            at = closing(tokens, at);
            if block && !until_semicolon {
                return at + 1;
            }
        } else if token.is("<") {
            angles += 1;
        } else if token.is(">") {
            angles = angles.saturating_sub(1);
        } else if token.is(";") || (token.is(",") && angles == 0 && !until_semicolon && !until_block) {
            return at + 1;
        }
        at += 1;
    }
    tokens.len()
}

/// Returns whether the item at `at` begins with one of `keywords`. Its visibility and its qualifiers are skipped.
fn declares(tokens: &[Token], mut at: usize, keywords: &[&str]) -> bool {
    while let Some(token) = tokens.get(at) {
        let is_const_fn =
            token.is("const") && tokens.get(at + 1).is_some_and(|next| next.word().is_some_and(is_qualifier));
        if token.is("pub") && tokens.get(at + 1).is_some_and(|next| next.is("(")) {
            at = closing(tokens, at + 1) + 1;
        } else if is_const_fn || token.is("pub") || token.is("async") || token.is("unsafe") || token.is("extern") {
            at += 1;
        } else if token.kind == Kind::Text {
            // The string after `extern` is the ABI.
            at += 1;
        } else {
            return keywords.iter().any(|keyword| token.is(keyword));
        }
    }
    false
}

fn is_qualifier(word: &str) -> bool {
    matches!(word, "fn" | "async" | "unsafe" | "extern")
}

/// Splits a file into tokens.
fn tokens(text: &str) -> Vec<Token> {
    Lexer { text: text.chars().collect(), at: 0, line: 1, tokens: Vec::new() }.run()
}

struct Lexer {
    text: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn run(mut self) -> Vec<Token> {
        while let Some(next) = self.peek(0) {
            match next {
                '/' if self.peek(1) == Some('/') => self.skip_while(|character| character != '\n'),
                '/' if self.peek(1) == Some('*') => self.block_comment(),
                '"' => self.string(),
                '\'' => self.character_or_lifetime(),
                _ if next.is_alphanumeric() || next == '_' => self.word(),
                _ if next.is_whitespace() => self.advance(),
                _ => self.sign(),
            }
        }
        self.tokens
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn advance(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
        }
        self.at += 1;
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.advance();
        }
    }

    fn skip_while(&mut self, condition: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&condition) {
            self.advance();
        }
    }

    fn push(&mut self, kind: Kind, text: String, line: usize) {
        self.tokens.push(Token { kind, text, line });
    }

    /// Skips a block comment. Block comments of Rust nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(next) = self.peek(0) {
            match (next, self.peek(1)) {
                ('/', Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                ('*', Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.advance(),
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        self.advance();
        let start = self.at;
        while let Some(next) = self.peek(0) {
            match next {
                '\\' => self.skip(2),
                '"' => break,
                _ => self.advance(),
            }
        }
        let text = self.text[start..self.at.min(self.text.len())].iter().collect();
        self.advance();
        self.push(Kind::Text, text, line);
    }

    /// Reads `r"…"` or `r#"…"#`. `self.at` must be at the first `#` or at the quote.
    fn raw_string(&mut self, hashes: usize) {
        let line = self.line;
        self.skip(hashes + 1);
        let start = self.at;
        while self.at < self.text.len() {
            let ends = self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if ends {
                break;
            }
            self.advance();
        }
        let text = self.text[start..self.at].iter().collect();
        self.skip(hashes + 1);
        self.push(Kind::Text, text, line);
    }

    fn character_or_lifetime(&mut self) {
        self.advance();
        if self.peek(0) == Some('\\') {
            self.skip(2);
            self.skip_while(|character| character != '\'');
            self.advance();
        } else if self.peek(1) == Some('\'') {
            self.skip(2);
        } else {
            self.skip_while(|character| character.is_alphanumeric() || character == '_');
        }
    }

    fn word(&mut self) {
        let (start, line) = (self.at, self.line);
        self.skip_while(|character| character.is_alphanumeric() || character == '_');
        let text: String = self.text[start..self.at].iter().collect();
        let hashes = self.text[self.at..].iter().take_while(|character| **character == '#').count();
        match text.as_str() {
            "r" | "br" | "cr" if self.peek(hashes) == Some('"') => self.raw_string(hashes),
            "b" | "c" if self.peek(0) == Some('"') => self.string(),
            "b" if self.peek(0) == Some('\'') => self.character_or_lifetime(),
            // A raw identifier (`r#name`) is the identifier after the sign.
            "r" if hashes == 1 => self.advance(),
            _ => self.push(Kind::Word, text, line),
        }
    }

    fn sign(&mut self) {
        const MULTI_CHARACTER_SIGNS: [&str; 6] = ["..=", "...", "::", "->", "=>", ".."];
        let line = self.line;
        let rest: String = self.text[self.at..].iter().take(3).collect();
        let text = MULTI_CHARACTER_SIGNS
            .iter()
            .find(|sign| rest.starts_with(**sign))
            .map_or_else(|| rest.chars().take(1).collect::<String>(), ToString::to_string);
        self.skip(text.chars().count());
        self.push(Kind::Sign, text, line);
    }
}
